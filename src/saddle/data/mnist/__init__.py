"""MNIST and other data sets of its format."""
