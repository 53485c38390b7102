"""The mirrors: web servers that hold MNIST's four files, packed with gzip, under one address."""

import time
from collections.abc import Iterable, Iterator
from http.client import HTTPException, HTTPResponse
from ssl import SSLEOFError
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from saddle.data.fetching.source import LARGEST_FILE, SourceError, Timeouts, announce
from saddle.data.mnist import idx
from saddle.errors import UserError
from saddle.progress import progress_bar

# R2 met "Connection closed by the remote host" again and again. It is worth another try, unlike an address that
# does not exist or a server that keeps silent.
ATTEMPTS = 3
BREAKS = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, SSLEOFError, HTTPException)
PIECE = 64 * 1024


class BrokenOffError(SourceError):
    """The connection ended before the file did."""


def torchvision_mirrors() -> list[str]:
    """The addresses from which torchvision would download MNIST, in its order."""
    # Imported here because it takes seconds and only this source needs it.
    from torchvision.datasets import MNIST

    return list(MNIST.mirrors)


def from_mirror(mirror: str, names: Iterable[str], timeouts: Timeouts) -> Iterator[tuple[str, bytes]]:
    """Download the files `names` from `mirror`; yields (name, unpacked content) as they arrive.

    Nothing is written to the disk. Raises `SourceError` at the first file that does not arrive whole.
    """
    for name in names:
        packed = _download_persistently(f"{mirror.rstrip('/')}/{name}.gz", timeouts)
        try:
            yield name, idx.unpack(packed, f"{name}.gz", LARGEST_FILE)
        except UserError as error:
            raise SourceError(str(error)) from None


def _download_persistently(url: str, timeouts: Timeouts) -> bytes:
    for _ in range(ATTEMPTS - 1):
        try:
            return _download(url, timeouts)
        except BrokenOffError as error:
            announce(f"{error}; trying again")
    return _download(url, timeouts)


def _download(url: str, timeouts: Timeouts) -> bytes:
    file = url.rpartition("/")[2]
    # Some servers answer 403 to the name that urllib gives itself.
    request = Request(url, headers={"User-Agent": "saddle"})
    try:
        with urlopen(request, timeout=timeouts.silence) as response:
            return _body(response, file, timeouts)
    except HTTPError as error:
        error.close()
        raise SourceError(f"{file}: the server answered {error.code} {error.reason}") from None
    except TimeoutError:
        raise SourceError(f"{file}: the server kept silent for {timeouts.silence:g} s") from None
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise SourceError(f"{file}: no connection within {timeouts.silence:g} s") from None
        if isinstance(error.reason, BREAKS):
            raise BrokenOffError(f"{file}: the connection broke off ({error.reason})") from None
        raise SourceError(f"{file}: no connection ({error.reason})") from None
    except BREAKS as error:
        raise BrokenOffError(f"{file}: the connection broke off ({error or type(error).__name__})") from None
    except OSError as error:
        raise SourceError(f"{file}: the transfer failed ({error})") from None


def _body(response: HTTPResponse, file: str, timeouts: Timeouts) -> bytes:
    expected = response.length
    body = bytearray()
    window_start, window_bytes = time.monotonic(), 0
    with progress_bar(file, expected, "B", unit_scale=True, leave=False) as bar:
        # read1 returns what has arrived, so that the clock is looked at between two packets.
        while piece := response.read1(PIECE):
            body += piece
            bar.update(len(piece))
            if len(body) > LARGEST_FILE:
                raise SourceError(f"{file}: more than {LARGEST_FILE} bytes, which no file of MNIST has")
            window_bytes += len(piece)
            elapsed = time.monotonic() - window_start
            if elapsed > timeouts.stall:
                if window_bytes < timeouts.stall_bytes:
                    raise SourceError(f"{file}: stalled, only {window_bytes} bytes in {elapsed:.3g} s")
                window_start, window_bytes = time.monotonic(), 0
    if expected is not None and len(body) < expected:
        raise BrokenOffError(f"{file}: the connection broke off after {len(body)} of {expected} bytes")
    return bytes(body)
