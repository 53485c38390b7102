"""Reading a `.pth` file that cannot be trusted: no code in it is run, and it gets no more memory than it has bytes."""

import io
import mmap
import pickle
import re
import stat
import zipfile
from pathlib import Path

import torch
from torch import Tensor

from saddle.errors import LONGEST_VALUE, UserError

# Bytes. The largest file of the SeFa authors' zoo, StyleGAN2's at 1024 x 1024 with its discriminator, has 0.4 * 10^9.
LARGEST_FILE = 2 * 10**9
# Bytes of the pickle, which holds names and shapes but no numbers; a hundredth is usual.
LARGEST_PICKLE = 2 * 10**6
# A checkpoint has one record for each tensor.
MOST_RECORDS = 100_000
ZIP_START, ZIP_ENTRY = b"PK\x03\x04", b"PK\x01\x02"
# PyTorch lets a pickle make one of these, of any size that it names.
UNBOUNDED = b"bytearray"
ALLOWED = (
    "allowed: tensors, numbers, strings, lists and dicts, since a pickle of anything else may run code as it is read"
)


def read_checkpoint(path: Path) -> object:
    """The content of a file that `torch.save` wrote, on the CPU.

    Tensors of the zipped format are mapped into memory: their bytes are read when they are used.

    Raises `UserError` if there is no such file, it is none, is too large, truncated or damaged, asks for more memory
    than it has bytes, or holds more than tensors and plain containers.
    """
    _check_file(path)
    zipped = _check_bytes(path)
    try:
        if zipped:
            _check_records(path)
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        with _BoundedReader(io.FileIO(path)) as file:
            return torch.load(file, map_location="cpu", weights_only=True)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    except pickle.UnpicklingError as error:
        # Only this name is taken from PyTorch's message, which advises loading the file without the check.
        named = re.search(r"GLOBAL (\S+)", str(error))
        reason = f"it asks for {named[1][:LONGEST_VALUE]}" if named else "it is no PyTorch checkpoint, or a damaged one"
        raise UserError(f"{path}: refused, and nothing in it was run: {reason}; {ALLOWED}") from None
    except Exception as error:  # a damaged file makes the zip and pickle readers fail in many ways
        reason = next(iter(str(error).splitlines()), "")[:LONGEST_VALUE] or type(error).__name__
        raise UserError(f"{path}: truncated, damaged, or not a PyTorch checkpoint ({reason})") from None


def check_claims(path: Path, state: dict[str, Tensor]) -> None:
    """Raise `UserError` if the dense tensors claim to have more numbers than there are in the file.

    A tensor may repeat its numbers without end, by strides of 0, and several tensors may share theirs.
    """
    claimed, size = sum(tensor.numel() * tensor.element_size() for tensor in state.values()), path.stat().st_size
    if claimed > size:
        raise UserError(f"{path}: its tensors claim {claimed} bytes, and the file has {size}; it was not made honestly")


class _BoundedReader(io.BufferedReader):
    """Lets a pickle be read no further than `LARGEST_PICKLE`; PyTorch reads the numbers behind it on its own."""

    left = LARGEST_PICKLE

    def read(self, size: int | None = -1, /) -> bytes:
        """As in the base class."""
        self._spend(LARGEST_PICKLE + 1 if size is None or size < 0 else size)
        return super().read(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        """As in the base class."""
        line = super().readline(self.left + 1)
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise UserError(f"its pickle has more than {LARGEST_PICKLE} bytes; names and shapes alone need far less")


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        raise UserError(
            f"{path}: no such checkpoint file; sefa.checkpoints must give the path of a .pth file"
        ) from None
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or device"
        raise UserError(f"{path}: no such checkpoint file: it is {kind}; sefa.checkpoints must name a .pth file")
    if status.st_size == 0:
        raise UserError(f"{path}: truncated, damaged, or not a PyTorch checkpoint (the file is empty)")
    if status.st_size > LARGEST_FILE:
        raise UserError(f"{path}: has {status.st_size / 1e9:.1f} GB; allowed: up to {LARGEST_FILE / 1e9:g} GB")


def _check_bytes(path: Path) -> bool:
    """Whether the file is zipped. Raises `UserError` for what even its bare bytes betray."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(UNBOUNDED) >= 0:
            raise UserError(f"{path}: refused, and nothing in it was run: it asks for a bytearray; {ALLOWED}")
        if content[: len(ZIP_START)] != ZIP_START:
            return False
        entries, place = 0, content.find(ZIP_ENTRY)
        while place >= 0 and entries <= MOST_RECORDS:
            entries, place = entries + 1, content.find(ZIP_ENTRY, place + 1)
    if entries > MOST_RECORDS:
        raise UserError(f"{path}: has more than {MOST_RECORDS} zip records; a checkpoint has one for each tensor")
    return True


def _check_records(path: Path) -> None:
    """Raise `UserError` if reading the zip's records would take more memory than the file has bytes."""
    with zipfile.ZipFile(path) as archive:
        records = archive.infolist()
    for record in records:
        if record.compress_type != zipfile.ZIP_STORED or record.file_size != record.compress_size:
            raise UserError(
                f"its zip records are compressed, {record.compress_size} bytes to {record.file_size}; "
                "PyTorch does not compress checkpoints: unpack it and save it with torch.save"
            )
        if record.filename.endswith(".pkl") and record.file_size > LARGEST_PICKLE:
            raise UserError(f"its pickle has more than {LARGEST_PICKLE} bytes; names and shapes alone need far less")
    claimed, size = sum(record.file_size for record in records), path.stat().st_size
    if claimed > size:
        raise UserError(f"its zip records claim {claimed} bytes, and the file has {size}; it was not made honestly")
