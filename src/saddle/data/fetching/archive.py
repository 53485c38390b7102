"""Archives that package managers download, as they are set up here."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from saddle.data.fetching.source import SourceError


def downloaded_archive(
    command: Sequence[str], folder: Path, suffix: str, seconds: float, name: str, reason: Callable[[str], str]
) -> Path:
    """The only file that ends in `suffix` in the empty `folder`, after `command` has run there.

    seconds: how long it may take. name: what errors call the command. reason: what of its output on stderr tells why it
    failed. Raises `SourceError` if it cannot be run, fails, takes too long, or leaves no such file or several.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SourceError(f"{name} did not end within {seconds:g} s") from None
    except OSError as error:
        raise SourceError(f"{command[0]} cannot be run ({error.strerror})") from None
    if done.returncode != 0:
        said = reason(done.stderr.decode(errors="replace"))
        raise SourceError(f"{name} ended with code {done.returncode}: {said[:300] or 'no message'}")
    archives = list(folder.glob(f"*{suffix}"))
    if len(archives) != 1:
        raise SourceError(f"{name} wrote {len(archives)} archives ({suffix}); expected one")
    return archives[0]
