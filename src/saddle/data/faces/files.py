"""A folder with published face networks: the names of its files, what they must hold, and what is recorded of them."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from saddle.files import write_json

GENERATOR = "generator.pth"
NETWORKS = ("age_gender_model", "face_landmark_68_model", "face_expression_model", "face_recognition_model")
NETWORK_FILES = tuple(f"{network}{ending}" for network in NETWORKS for ending in ("-weights_manifest.json", ".bin"))
RECORD = "source.json"

# Of gan_face_generate 1.1.1 (its weights.tar) and of the folder `model` of @vladmandic/face-api 1.7.15.
SHA256 = {
    "generator.pth": "0c3b90b138cfc4e8a73310b9fd5ce2a8f1f3a542a037de277412307fcd28771f",
    "age_gender_model-weights_manifest.json": "74b60bf3ebf981bf4e661e9cca3a185614e10b25d797118b62e2a68d3ff2569f",
    "age_gender_model.bin": "49f92bbc0afef2342c4385e4a2b0acb6d7a727c6f0aa539499719a81acf9abaa",
    "face_landmark_68_model-weights_manifest.json": "ca4886639f86e99b39fed0c155f81b63317225773bd9616716e887b0153389c9",
    "face_landmark_68_model.bin": "4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b",
    "face_expression_model-weights_manifest.json": "5b349c17c7836da506e03422cd6461c74085d8bb2713ad4114647dc5d28174c8",
    "face_expression_model.bin": "9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d",
    "face_recognition_model-weights_manifest.json": "cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b",
    "face_recognition_model.bin": "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
}


def sha256(content: bytes) -> str:
    """The SHA-256 of `content` in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def write_record(folder: Path, found: Mapping[str, str]) -> None:
    """Write `source.json` into `folder`: the SHA-256 of each file that it holds. It comes last: they are whole then."""
    write_json(folder / RECORD, {"sha256": dict(found)})
