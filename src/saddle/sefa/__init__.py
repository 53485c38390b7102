"""SeFa: meaningful directions in a latent space, computed from the weight of the generator's first layer."""
