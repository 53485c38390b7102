"""What points and images are both measured with."""
