"""SeFa: meaningful directions in a latent space, computed from the weights of the layers that meet it."""
