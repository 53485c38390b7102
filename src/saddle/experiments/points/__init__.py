"""The points experiment (R1, R3)."""
