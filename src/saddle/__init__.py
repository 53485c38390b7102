"""Train, draw, measure and compare generative adversarial networks, reproducibly."""
