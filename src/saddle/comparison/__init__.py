"""The comparison of optimizers: many runs, trained beside each other and kept."""
