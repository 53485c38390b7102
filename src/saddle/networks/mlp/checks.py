"""What the settings of a fully connected network may be."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from saddle.core.network_settings import (
    MOST_LAYERS,
    check_choice,
    check_keys,
    check_positive,
    check_share,
    check_whole,
)
from saddle.errors import UserError, shown

# The activations by name, made with the negative slope that the layers have.
ACTIVATIONS: dict[str, Callable[[float], nn.Module]] = {"relu": lambda slope: nn.ReLU(), "leaky_relu": nn.LeakyReLU}
# What batch normalization normalizes a sample by when it is drawn.
STATISTICS = ("batch", "running")
# A full batch has as many samples as there are.
MOST_REFERENCE = 2**31


def check_layers(owner: str, layers: Mapping[str, Any]) -> None:
    """Raise `UserError`, which begins with `owner`, unless these are all the settings of hidden layers, and sound."""
    hidden = layers["hidden"]
    if not isinstance(hidden, Sequence) or isinstance(hidden, str) or not 1 <= len(hidden) <= MOST_LAYERS:
        raise UserError(f"{owner}'s hidden is {shown(hidden)}; allowed: lists of 1 to {MOST_LAYERS} widths")
    for index, width in enumerate(hidden):
        check_whole(owner, f"hidden[{index}]", width)
    check_choice(owner, "activation", layers["activation"], ACTIVATIONS)
    check_share(owner, "negative_slope", layers["negative_slope"])
    check_share(owner, "dropout", layers["dropout"])
    norm = layers["batch_norm"]
    if norm is not None:
        check_keys(owner, "batch_norm", norm, ("eps", "statistics"))
        check_positive(owner, "batch_norm.eps", norm["eps"])
        check_choice(owner, "batch_norm.statistics", norm["statistics"], STATISTICS)


def check_reference(owner: str, size: object, layers: Mapping[str, Any]) -> None:
    """Raise `UserError` unless `size` can be that of the reference batch.

    Batch normalization by the samples' own batch has no meaning for a single one.
    """
    norm = layers["batch_norm"]
    by_batch = norm is not None and norm["statistics"] == "batch"
    if size is not None or by_batch:
        check_whole(owner, "reference_size", size, least=2 if by_batch else 1, most=MOST_REFERENCE)
