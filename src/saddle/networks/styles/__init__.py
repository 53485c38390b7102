"""What StyleGAN and StyleGAN2 share: the mapping network, truncation, and codes for each layer."""
