"""Downloading one file from a web server, whatever the connection is like."""

import time
from http.client import HTTPException, HTTPResponse
from ssl import SSLEOFError
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from saddle.data.fetching.source import LARGEST_FILE, SourceError, Timeouts, announce
from saddle.progress import progress_bar

# R2 met "Connection closed by the remote host" again and again. It is worth another try, unlike an address that
# does not exist or a server that keeps silent.
ATTEMPTS = 3
BREAKS = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, SSLEOFError, HTTPException)
PIECE = 64 * 1024


class BrokenOffError(SourceError):
    """The connection ended before the file did."""


def download(url: str, timeouts: Timeouts) -> bytes:
    """The file at `url`, a few times if the connection breaks off; nothing is written to the disk.

    Raises `SourceError` if it does not arrive whole, or has more than `LARGEST_FILE` bytes.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _attempt(url, timeouts)
        except BrokenOffError as error:
            announce(f"{error}; trying again")
    return _attempt(url, timeouts)


def _attempt(url: str, timeouts: Timeouts) -> bytes:
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
                raise SourceError(f"{file}: more than {LARGEST_FILE} bytes, which no file here has")
            window_bytes += len(piece)
            elapsed = time.monotonic() - window_start
            if elapsed > timeouts.stall:
                if window_bytes < timeouts.stall_bytes:
                    raise SourceError(f"{file}: stalled, only {window_bytes} bytes in {elapsed:.3g} s")
                window_start, window_bytes = time.monotonic(), 0
    if expected is not None and len(body) < expected:
        raise BrokenOffError(f"{file}: the connection broke off after {len(body)} of {expected} bytes")
    return bytes(body)
