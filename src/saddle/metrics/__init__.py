"""Distances between samples, and what is made of them."""
