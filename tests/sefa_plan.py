"""A small exploration of a latent space, as several tests want it."""

from typing import Any

from saddle.sefa.explore import Plan
from saddle.sefa.traversal import Sweep


def small_plan(**changes: Any) -> Plan:
    """A plan of two samples along three directions; changes: other values of its fields."""
    settings: dict[str, Any] = {
        "num_samples": 2,
        "num_semantics": 3,
        "sweep": Sweep(-3, 3, 3),
        "seed": 0,
        "strip_size": 512,
        "page_size": 256,
        "memory_gb": 1.0,
    }
    return Plan(**{**settings, **changes})
