"""Pictures of the comparison of optimizers."""
