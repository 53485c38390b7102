"""Random generators: one per purpose, all derived from the one `seed` of params.yaml.

A purpose has a stream of its own, so that drawing a picture or measuring a distance never changes
what a training draws.
"""

import zlib

import numpy as np
import torch


def derived_seed(seed: int, purpose: str) -> int:
    """A 63-bit seed for `purpose`; different purposes give unrelated streams (NumPy's `SeedSequence`)."""
    words = np.random.SeedSequence([seed, zlib.crc32(purpose.encode())]).generate_state(2, np.uint32)
    return (int(words[0]) << 32 | int(words[1])) >> 1


def numpy_rng(seed: int, purpose: str) -> np.random.Generator:
    """A NumPy random generator for `purpose`."""
    return np.random.default_rng(derived_seed(seed, purpose))


def torch_rng(seed: int, purpose: str, device: torch.device | str = "cpu") -> torch.Generator:
    """A PyTorch random generator on `device` for `purpose`."""
    return torch.Generator(device).manual_seed(derived_seed(seed, purpose))
