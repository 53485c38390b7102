"""The image experiment (R2, R4, ProGAN)."""
