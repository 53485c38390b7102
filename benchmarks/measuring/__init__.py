"""Measurements in processes of their own, and what is made of them."""
