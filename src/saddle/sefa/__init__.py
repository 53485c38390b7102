"""SeFa: directions in a generator's latent space, in closed form, from the weight of its first layer."""
