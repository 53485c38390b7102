"""What all face networks have in common."""

from typing import ClassVar

from torch import nn


class FaceNetwork(nn.Module):
    """A face network. name: that of its published files. side: how many pixels a side it takes."""

    name: ClassVar[str]
    side: ClassVar[int]
