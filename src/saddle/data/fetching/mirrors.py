"""The mirrors: web servers that hold MNIST's four files, packed with gzip, under one address."""

import time
from collections.abc import Iterable, Iterator
from http.client import HTTPException, HTTPResponse
from ssl import SSLEOFError
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tqdm import tqdm

from saddle.data.fetching.source import LARGEST_FILE, Patience, SourceError, announce
from saddle.data.mnist import idx
from saddle.errors import UserError

# "Connection closed by the remote host" is what R2 met again and again: it is worth another try, unlike an
# address that does not exist or a server that keeps silent.
ATTEMPTS = 3
BREAKS = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, SSLEOFError, HTTPException)
PIECE = 64 * 1024


class BrokenOffError(SourceError):
    """The connection ended before the file did."""


def torchvision_mirrors() -> list[str]:
    """The addresses from which torchvision would download MNIST, in its order."""
    # Imported here since it takes seconds, and only this source needs it.
    from torchvision.datasets import MNIST

    return list(MNIST.mirrors)


def from_mirror(mirror: str, names: Iterable[str], patience: Patience) -> Iterator[tuple[str, bytes]]:
    """Download the files `names` from `mirror`; yields (name, unpacked content) as they arrive.

    Nothing is written to the disk. Raises `SourceError` at the first file that does not arrive whole.
    """
    for name in names:
        packed = _download_persistently(f"{mirror.rstrip('/')}/{name}.gz", patience)
        try:
            yield name, idx.unpack(packed, f"{name}.gz", LARGEST_FILE)
        except UserError as error:
            raise SourceError(str(error)) from None


def _download_persistently(url: str, patience: Patience) -> bytes:
    for _ in range(ATTEMPTS - 1):
        try:
            return _download(url, patience)
        except BrokenOffError as error:
            announce(f"{error}; trying again")
    return _download(url, patience)


def _download(url: str, patience: Patience) -> bytes:
    file = url.rpartition("/")[2]
    # Some servers answer 403 to the name that urllib gives itself.
    request = Request(url, headers={"User-Agent": "saddle"})
    try:
        with urlopen(request, timeout=patience.silence) as response:
            return _body(response, file, patience)
    except HTTPError as error:
        error.close()
        raise SourceError(f"{file}: the server answered {error.code} {error.reason}") from None
    except TimeoutError:
        raise SourceError(f"{file}: the server kept silent for {patience.silence:g} s") from None
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise SourceError(f"{file}: no connection within {patience.silence:g} s") from None
        if isinstance(error.reason, BREAKS):
            raise BrokenOffError(f"{file}: the connection broke off ({error.reason})") from None
        raise SourceError(f"{file}: no connection ({error.reason})") from None
    except BREAKS as error:
        raise BrokenOffError(f"{file}: the connection broke off ({error or type(error).__name__})") from None
    except OSError as error:
        raise SourceError(f"{file}: the transfer failed ({error})") from None


def _body(response: HTTPResponse, file: str, patience: Patience) -> bytes:
    expected = response.length
    body = bytearray()
    window_start, window_bytes = time.monotonic(), 0
    with tqdm(total=expected, desc=file, unit="B", unit_scale=True, mininterval=0.5, leave=False) as bar:
        # read1 returns what one packet brought, so that the time is looked at between the packets.
        while piece := response.read1(PIECE):
            body += piece
            bar.update(len(piece))
            if len(body) > LARGEST_FILE:
                raise SourceError(f"{file}: more than {LARGEST_FILE} bytes, which no file of MNIST has")
            window_bytes += len(piece)
            elapsed = time.monotonic() - window_start
            if elapsed > patience.stall:
                if window_bytes < patience.stall_bytes:
                    raise SourceError(f"{file}: stalled, only {window_bytes} bytes in {elapsed:.3g} s")
                window_start, window_bytes = time.monotonic(), 0
    if expected is not None and len(body) < expected:
        raise BrokenOffError(f"{file}: the connection broke off after {len(body)} of {expected} bytes")
    return bytes(body)
