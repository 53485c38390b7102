"""The classifier whose features measure the image generators, and one that reads many attributes at once."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad

from saddle.core.network import Network, initialized
from saddle.core.randomness import torch_rng

FEATURES = 128


class Classifier(Network):
    """Images (n, channels, size, size) in [-1, 1] -> logits (n, classes).

    Three blocks of 3 x 3 convolution, batch normalization, ReLU and 2 x 2 max pooling, then 128 features and a linear
    layer. Images of another size are resized first, so that all generators are measured alike. size: 8 or more.

    With one class there is nothing to learn, and `random_features` says what the features are.
    """

    kind = "classifier"
    # What is drawn a little elsewhere is of the same class: the most pixels that training images are moved each way.
    most_shift: ClassVar[int] = 2
    # Standard deviation of what is added to each of their pixels.
    noise: ClassVar[float] = 0.0

    def __init__(self, *, size: int = 28, channels: int = 1, classes: int = 10) -> None:
        super().__init__({"size": size, "channels": channels, "classes": classes})
        self.size, self.classes = size, classes
        blocks: list[nn.Module] = []
        for width_in, width in ((channels, 16), (16, 32), (32, 64)):
            blocks += [
                nn.Conv2d(width_in, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
        self.blocks = nn.Sequential(*blocks, nn.Flatten(), nn.Linear(64 * (size // 8) ** 2, FEATURES), nn.ReLU())
        self.head = nn.Linear(FEATURES, classes)
        self.lay_channels_innermost()

    def features(self, images: Tensor) -> Tensor:
        """(n, channels, side, side) -> (n, 128), at least 0: what the metrics compare."""
        if images.shape[-1] != self.size:
            images = interpolate(images, size=(self.size, self.size), mode="bilinear", antialias=True)
        return self.blocks(images)

    def forward(self, images: Tensor) -> Tensor:
        """(n, channels, side, side) -> logits (n, classes)."""
        return self.head(self.features(images))


class AttributeReader(Classifier):
    """Images as for a classifier -> logits (n, most values, attributes), -inf where an attribute has fewer values.

    So the cross-entropy with attributes (n, attributes) is that of all of them. Each attribute has a head of its own.
    values: the names of the values that each attribute can have, in the order of their numbers.
    """

    most_shift = 0  # an attribute may be where something is
    # What generators draw is not as clean as drawings, and a reader of these alone sees hats and beards in specks.
    noise = 0.05

    def __init__(
        self, *, size: int, channels: int, values: Mapping[str, Sequence[str]] | Sequence[tuple[str, Sequence[str]]]
    ) -> None:
        self.values, self.channels = {name: list(own) for name, own in dict(values).items()}, channels
        self.counts = [len(own) for own in self.values.values()]
        super().__init__(size=size, channels=channels, classes=sum(self.counts))
        # As a list: model files keep no order of keys, and the heads have one.
        self.settings = {"size": size, "channels": channels, "values": list(self.values.items())}

    def forward(self, images: Tensor) -> Tensor:
        """(n, channels, side, side) -> logits (n, most values, attributes)."""
        heads, most = super().forward(images).split(self.counts, 1), max(self.counts)
        return torch.stack([pad(head, (0, most - head.shape[1]), value=-torch.inf) for head in heads], 2)

    def read(self, images: Tensor) -> Tensor:
        """The number of the value that is seen of each attribute, (n, attributes), `evaluated`."""
        return self.evaluated(images).argmax(1)


def random_features(size: int, channels: int) -> Classifier:
    """The network that extracts features where there are no labels to train one with: never trained, always the same.

    Its weights are drawn once and for all as in He et al., Delving Deep into Rectifiers, 2015, which keeps the size of
    what goes through them; nothing is downloaded. Features of random networks order generators much as those of trained
    ones do, and have no bias towards photographs (Naeem et al., Reliable Fidelity and Diversity Metrics for Generative
    Models, 2020; Lee, Kim and Lee, Demystifying Randomly Initialized Networks for Evaluating Generative Models, 2023).
    They see edges, colours and textures, not what a picture is of.
    """
    network = initialized(Classifier, 0, "random features", size=size, channels=channels, classes=1)
    rng = torch_rng(0, "random features")
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=rng)
    return network.eval()


NETWORKS = {"classifier": Classifier, "reader": AttributeReader}
