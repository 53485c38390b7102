"""The classifier of handwritten digits whose features measure the image generators."""

from torch import Tensor, nn
from torch.nn.functional import interpolate

from saddle.core.network import Network

SIZE = 28
CLASSES = 10
FEATURES = 128


class Classifier(Network):
    """Images (n, 1, size, size) in [-1, 1] -> logits (n, 10).

    Three blocks of 3 x 3 convolution, batch normalization, ReLU and 2 x 2 max pooling, then 128 features and a linear
    layer. Images of another size than 28 are resized first, so that all generators are measured alike.
    """

    kind = "classifier"

    def __init__(self) -> None:
        super().__init__({})
        blocks: list[nn.Module] = []
        for width_in, width in ((1, 16), (16, 32), (32, 64)):
            blocks += [
                nn.Conv2d(width_in, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
        self.blocks = nn.Sequential(*blocks, nn.Flatten(), nn.Linear(64 * 3 * 3, FEATURES), nn.ReLU())
        self.head = nn.Linear(FEATURES, CLASSES)
        self.lay_channels_innermost()

    def features(self, images: Tensor) -> Tensor:
        """(n, 1, size, size) -> (n, 128), at least 0: what the metrics compare."""
        if images.shape[-1] != SIZE:
            images = interpolate(images, size=(SIZE, SIZE), mode="bilinear", antialias=True)
        return self.blocks(images)

    def forward(self, images: Tensor) -> Tensor:
        """(n, 1, size, size) -> logits (n, 10)."""
        return self.head(self.features(images))


NETWORKS = {"classifier": Classifier}
