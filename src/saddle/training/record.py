"""What is known of one training step."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class StepRecord:
    """One step's figures, scalar tensors on the device: reading them is what would make the loop wait for it."""

    d_loss: Tensor
    g_loss: Tensor
    d_real: Tensor
    d_fake: Tensor
