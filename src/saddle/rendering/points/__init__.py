"""Pictures of a points variant."""
