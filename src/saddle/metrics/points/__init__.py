"""Metrics of generated points."""
