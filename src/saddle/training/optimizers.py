"""The three optimizers that R3 compares, and their settings."""

from dataclasses import dataclass

from torch import nn, optim


@dataclass(frozen=True)
class OptimizerSettings:
    """name: "rmsprop", "adam" or "sgd" (plain, no momentum); betas: Adam's alone."""

    name: str
    learning_rate: float
    betas: tuple[float, float] = (0.9, 0.999)

    def build(self, network: nn.Module) -> optim.Optimizer:
        """An optimizer of all parameters of `network`; what is not set here has PyTorch's default."""
        parameters = network.parameters()
        match self.name:
            case "rmsprop":
                return optim.RMSprop(parameters, lr=self.learning_rate)
            case "adam":
                return optim.Adam(parameters, lr=self.learning_rate, betas=self.betas)
            case "sgd":
                return optim.SGD(parameters, lr=self.learning_rate)
        raise ValueError(f"unknown optimizer {self.name!r}")
