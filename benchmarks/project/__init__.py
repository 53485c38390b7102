"""The project's own training loop, set up as its stages do."""
