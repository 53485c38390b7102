"""The generator of PyTorch's tutorial "DCGAN Tutorial" (pytorch.org/tutorials), at any width and depth.

Radford, Metz, Chintala, Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks,
2015.
"""

from itertools import pairwise

from torch import Tensor, nn

from saddle.core.network import Generator


class DCGANTutorialGenerator(Generator):
    """Latents (n, latent_dim) -> images (n, channels, side, side) in [-1, 1].

    A transposed convolution of the latent, as an image of one pixel, to 4 x 4 pixels; then transposed convolutions that
    double the side. Each is followed by batch normalization and ReLU, the last by tanh. widths: the number of feature
    maps at 4 x 4, 8 x 8 and so on up to half of the side. The tutorial has 512, 256, 128, 64. channels: 1 or 3.
    """

    kind = "dcgan_tutorial"

    def __init__(self, *, latent_dim: int, widths: list[int], channels: int) -> None:
        super().__init__({"latent_dim": latent_dim, "widths": widths, "channels": channels})
        self.latent_dim = latent_dim
        side = 4 * 2 ** len(widths)
        self.sample_shape = (channels, side, side)
        layers: list[nn.Module] = [nn.ConvTranspose2d(latent_dim, widths[0], 4, bias=False)]
        for width, after in pairwise([*widths, channels]):
            layers += [nn.BatchNorm2d(width), nn.ReLU()]
            layers.append(nn.ConvTranspose2d(width, after, 4, stride=2, padding=1, bias=False))
        self.main = nn.Sequential(*layers, nn.Tanh())
        self.lay_channels_innermost()

    def forward(self, latents: Tensor) -> Tensor:
        """(n, latent_dim) -> (n, channels, side, side)."""
        return self.main(latents[:, :, None, None])

    def first_layer(self) -> Tensor:
        """The first convolution's weight, (latent_dim, features of the 4 x 4 map)."""
        first = self.main[0]
        assert isinstance(first, nn.ConvTranspose2d)
        return first.weight.detach().flatten(1)


NETWORKS = {"generator": DCGANTutorialGenerator}
