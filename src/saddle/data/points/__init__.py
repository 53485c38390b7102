"""The 2-D point set."""
