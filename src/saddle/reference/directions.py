"""The page that leads to the SeFa pages."""

import re
from pathlib import Path

from saddle.config import Settings
from saddle.files import read_object
from saddle.reporting.markdown import table, words

INTRODUCTION = """# Directions in latent space

Each page has sliders that move samples along the strongest directions of a generator's latent space
(Shen and Zhou, *Closed-Form Factorization of Latent Semantics in GANs*, 2021). It is a single file, which also opens
from disk. What stands beside a direction is measured, not seen by eye: the attributes that it changes more than random
directions do. Their formulas are among [the metrics](metrics.md#eigenvalue).
"""
FOLDER = re.compile(r"(.+)_N\d+_K\d+_seed\d+")


def directions_page(pages: Path, metrics: Path, settings: Settings) -> str:
    """The page in Markdown. pages: plots/sefa; metrics: metrics/sefa.

    Raises `UserError` if the metrics of a page are missing or damaged.
    """
    parts = [INTRODUCTION]
    for folder in sorted(path.parent for path in pages.glob("*/index.html")):
        found = FOLDER.fullmatch(folder.name)
        name = found[1] if found else folder.name
        link = f"sefa/{folder.name}/index.html"
        title = words(settings.title(name))
        parts += [
            f"## {title}",
            f"[![Five samples move along the first direction of {title}](sefa/{folder.name}/semantic_1.gif)]({link})",
            f"[Open the page with sliders]({link}){{ .md-button }}",
            _meanings(metrics / f"{name}.json"),
        ]
    return "\n\n".join(parts) + "\n"


def _meanings(path: Path) -> str:
    found = read_object(path)
    directions = [(name.removeprefix("direction_"), found[name]) for name in found if name.startswith("direction_")]
    rows = [
        [number, f"{about['eigenvalue']:.4g}", words(str(about.get("meaning", "–")))] for number, about in directions
    ]
    return table(["direction", "eigenvalue", "what it changes most"], rows)
