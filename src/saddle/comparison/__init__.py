"""The comparison of optimizers: many runs, their statistics, their pictures."""
