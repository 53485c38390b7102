"""The networks: a package for each kind, and `convolutions`, which several share."""
