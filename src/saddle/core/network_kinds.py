"""The registry of networks: each kind is a package of `saddle.networks`, found by its name.

A kind offers `NETWORKS`, its classes by the role that they have in a model file ("generator", "discriminator",
"classifier"). Kinds that train as a GAN on images offer `build_pair(variant, steps=, seed=, name=)` too, which makes a
`Pair` from the settings of an image variant. Packages are imported when they are asked for: training one kind of
network must not depend on the code of another.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import saddle.networks
from saddle.errors import UserError, shown


def kinds() -> list[str]:
    """The names of all kinds."""
    folders = [Path(folder) for folder in saddle.networks.__path__]
    return sorted(path.parent.name for folder in folders for path in folder.glob("*/network.py"))


def kind(name: str) -> Any:
    """The package of a kind. Raises `UserError` if there is none of that name."""
    if name not in kinds():
        raise UserError(f"unknown kind of network {shown(name)}; known: {', '.join(kinds())}")
    return import_module(f"saddle.networks.{name}")
