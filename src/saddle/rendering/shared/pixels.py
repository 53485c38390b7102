"""Images as bytes."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def to_uint8(images: Tensor) -> NDArray[np.uint8]:
    """Images in [-1, 1], whatever lies beyond clipped, as 0 to 255; any shape."""
    levels = (images.float().clamp(-1, 1) + 1) * 127.5
    return levels.round().to(torch.uint8).cpu().numpy()
