"""Reading IDX files: what is in them comes out, and anything else is refused by name."""

import gzip
import os
import struct
import tracemalloc

import numpy as np
import pytest
from mnist_format import idx_bytes

from saddle.data.mnist import idx
from saddle.errors import UserError

PIXELS = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
DIGITS = np.array([7, 0, 9], np.uint8)


def refusal(call, *arguments):
    """The message of the one-line error that `call` ends in."""
    with pytest.raises(UserError) as caught:
        call(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_images_and_labels_come_out_as_written():
    assert np.array_equal(idx.images(idx_bytes(PIXELS), "x"), PIXELS)
    assert np.array_equal(idx.labels(idx_bytes(DIGITS), "x"), DIGITS)
    assert idx.images(idx_bytes(PIXELS), "x").dtype == np.uint8


def test_the_first_image_of_a_hand_written_file_is_row_by_row():
    content = bytes.fromhex("00000803 00000001 00000002 00000003 010203 040506")
    assert idx.images(content, "x").tolist() == [[[1, 2, 3], [4, 5, 6]]]


@pytest.mark.parametrize("name", ["labels", "labels.gz"])
@pytest.mark.parametrize("packed", [False, True])
def test_content_tells_whether_a_file_is_packed_not_its_name(tmp_path, name, packed):
    content = idx_bytes(DIGITS)
    (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
    assert idx.read(tmp_path / name, idx.LABELS_MAGIC) == content


def test_a_missing_file_is_named(tmp_path):
    assert refusal(idx.read, tmp_path / "none", idx.IMAGES_MAGIC).startswith(f"{tmp_path / 'none'}: no such file")


@pytest.mark.parametrize("kept", [2, 10, -1, -8])
def test_truncated_gzip_is_refused(tmp_path, kept):
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(idx_bytes(PIXELS))[:kept])
    message = refusal(idx.read, path, idx.IMAGES_MAGIC)
    assert message.startswith(f"{path}: truncated gzip file of {path.stat().st_size} bytes")


def test_damaged_gzip_is_refused(tmp_path):
    packed = bytearray(gzip.compress(idx_bytes(PIXELS)))
    packed[-6] ^= 1  # in the checksum
    (tmp_path / "images.gz").write_bytes(packed)
    assert "damaged gzip file" in refusal(idx.read, tmp_path / "images.gz", idx.IMAGES_MAGIC)


def test_gzip_that_unpacks_to_too_much_is_refused_before_it_fills_the_memory():
    packed = gzip.compress(bytes(20_000_000))
    tracemalloc.start()
    message = refusal(idx.unpack, packed, "x", 9_999)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert message.startswith("x: larger than 9999 bytes")
    assert peak < 2_000_000


def test_the_limit_itself_is_allowed():
    for content in (bytes(10_000), gzip.compress(bytes(10_000))):
        assert idx.unpack(content, "x", limit=10_000) == bytes(10_000)


def test_wrong_magic_numbers_are_told_with_the_right_one():
    assert "the magic number is 2049, which is that of labels; expected 2051" in refusal(
        idx.images, idx_bytes(DIGITS), "x"
    )
    assert "the magic number is 2051, which is that of images; expected 2049" in refusal(
        idx.labels, idx_bytes(PIXELS), "x"
    )
    assert refusal(idx.images, b"<!DOCTYPE html>", "page").startswith(
        f"page: the magic number is {int.from_bytes(b'<!DO', 'big')}; expected 2051"
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (idx_bytes(PIXELS)[:-1], "39 bytes unpacked; its header says 2 x 3 x 4 values, so expected 40 bytes"),
        (
            idx_bytes(PIXELS) + b"\0",
            "41 bytes unpacked; its header says 2 x 3 x 4 values, so expected 40 bytes",
        ),
        (struct.pack(">4I", 2051, 2**32 - 1, 28, 28), "its header says 4294967295 x 28 x 28 values"),
        (idx_bytes(PIXELS)[:15], "15 bytes, too short for its header; expected at least 16"),
        (idx_bytes(PIXELS)[:3], "the magic number is 8; expected 2051"),
        (b"", "the file is empty"),
        (idx_bytes(np.zeros((0, 28, 28), np.uint8)), "holds no images"),
    ],
)
def test_content_that_disagrees_with_the_header_is_refused(content, told):
    message = refusal(idx.images, content, "file.idx")
    assert message.startswith("file.idx: ")
    assert told in message


def test_each_image_is_transposed_and_twice_is_as_before():
    turned = idx.transposed(idx_bytes(PIXELS), "x")
    assert np.array_equal(idx.images(turned, "x"), PIXELS.transpose(0, 2, 1))
    assert idx.transposed(turned, "x") == idx_bytes(PIXELS)


def header(*sizes):
    return struct.pack(f">{1 + len(sizes)}I", 2048 + len(sizes), *sizes)


def measured(call, *arguments):
    """What `call` is refused with, and the most memory that Python took for it, in bytes."""
    tracemalloc.start()
    message = refusal(call, *arguments)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return message, peak


def test_of_a_gzip_bomb_no_more_is_unpacked_than_its_header_says(tmp_path):
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(header(2, 28, 28) + bytes(50_000_000)))
    message, peak = measured(idx.read, path, idx.IMAGES_MAGIC)
    assert "more than 1,584 bytes unpacked; its header says 2 x 28 x 28 values" in message
    assert peak < 2_000_000


def test_a_header_that_says_too_much_is_refused_before_anything_is_read(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(header(9_000_000, 28, 28))
    with path.open("r+b") as file:
        file.truncate(16 + 9_000_000 * 28 * 28)  # no blocks of the disk are taken
    message, peak = measured(idx.read, path, idx.IMAGES_MAGIC)
    assert "its header says 9000000 x 28 x 28 values; allowed: at most 400,000,000 bytes a file" in message
    assert peak < 1_000_000
    path.write_bytes(gzip.compress(header(9_000_000, 28, 28)))
    assert "allowed: at most 400,000,000 bytes" in refusal(idx.read, path, idx.IMAGES_MAGIC)


def test_a_long_file_is_refused_by_its_size(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(header(2, 28, 28))
    with path.open("r+b") as file:
        file.truncate(6_600_000_000)
    message, peak = measured(idx.read, path, idx.IMAGES_MAGIC)
    assert "6,600,000,000 bytes; its header says 2 x 28 x 28 values, so expected 1,584 bytes" in message
    assert peak < 1_000_000


@pytest.mark.parametrize("times", [2, 3])
def test_a_gzip_file_within_a_gzip_file_is_told_as_that(tmp_path, times):
    content = idx_bytes(PIXELS)
    for _ in range(times):
        content = gzip.compress(content)
    (tmp_path / "images.gz").write_bytes(content)
    assert "a gzip file within a gzip file; unpack it once" in refusal(
        idx.read, tmp_path / "images.gz", idx.IMAGES_MAGIC
    )


def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "/dev/zero"):
        assert f"{path}: not a file but a folder, a pipe or a device" in refusal(idx.read, path, idx.IMAGES_MAGIC)
