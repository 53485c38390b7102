"""Pictures of an image variant."""
