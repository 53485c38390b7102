"""Put published face networks, checked, into data/raw/faces: a generator, and what says how its faces look."""

from saddle.config import load_settings
from saddle.data.fetching.faces import fetch_faces
from stages import paths


def main() -> None:
    """Run the stage."""
    fetch_faces(load_settings().faces.source, paths.RAW_FACES)
