"""The network that reads attributes from a picture: of each, which of its values is seen."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saddle.core.network import Network

WIDTHS = (32, 64)
FEATURES = 128


class AttributeReader(Network):
    """Images (n, channels, size, size) in [-1, 1] -> logits (n, most values, attributes), -inf where there is no value.

    So the cross-entropy with the attributes (n, attributes) is that of all of them, and the largest logit along the
    second axis is what is seen. Images of another size are resized first. Two blocks of 3 x 3 convolution, batch
    normalization, ReLU and 2 x 2 max pooling, 128 features, and a linear head for each attribute.

    values: the names of the values that each attribute can have, in the order of their numbers.
    """

    kind = "attributes"

    def __init__(self, values: Mapping[str, Sequence[str]], channels: int, size: int) -> None:
        super().__init__(
            {"values": {name: list(own) for name, own in values.items()}, "channels": channels, "size": size}
        )
        self.values, self.channels, self.size = self.settings["values"], channels, size
        blocks: list[nn.Module] = []
        for width_in, width in zip((channels, *WIDTHS), WIDTHS, strict=False):
            convolution = nn.Conv2d(width_in, width, 3, padding=1, bias=False)
            blocks += [convolution, nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
        flat = WIDTHS[-1] * (size // 2 ** len(WIDTHS)) ** 2
        self.blocks = nn.Sequential(*blocks, nn.Flatten(), nn.Linear(flat, FEATURES), nn.ReLU())
        self.heads = nn.ModuleList(nn.Linear(FEATURES, len(own)) for own in self.values.values())
        self.lay_channels_innermost()

    def forward(self, images: Tensor) -> Tensor:
        """(n, channels, size, size) -> logits (n, most values, attributes)."""
        if images.shape[-1] != self.size:
            images = F.interpolate(images, size=(self.size, self.size), mode="bilinear", antialias=True)
        features = self.blocks(images)
        most = max(map(len, self.values.values()))
        logits = [head(features) for head in self.heads]
        return torch.stack([F.pad(own, (0, most - own.shape[1]), value=-torch.inf) for own in logits], 2)

    def read(self, images: Tensor) -> Tensor:
        """The number of the value that is seen of each attribute, (n, attributes), `evaluated`."""
        return self.evaluated(images).argmax(1)


NETWORKS = {"reader": AttributeReader}
