"""`python -m saddle.reporting.site`: what the documentation is built from, in build/docs (`make docs`).

These are the pages in docs/, the pictures and SeFa pages in plots/, and the pages that are made from code and results.
"""

import re
import shutil
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert

from saddle.config import load_settings
from saddle.core.files import read_object
from saddle.reporting.schema import parameters_page

SOURCES = Path("build/docs")
# Links to plots/, which in the repository lies beside docs/ and on the site within it; and from beside docs/ into it.
LINKS = re.compile(r"\]\((?:\.\./((?:\.\./)*plots/)|docs/)")
DIRECTIONS = """# Directions in latent space

Each page has sliders that move samples along the strongest directions of a generator's latent space
(Shen and Zhou, *Closed-Form Factorization of Latent Semantics in GANs*, 2021). It is a single file, which also opens
from disk. What stands beside a direction is measured, not seen by eye: the attributes that it changes more than random
directions do. Their formulas are among [the metrics](metrics.md#directions-in-latent-space).
"""


def write_sources(root: Path, folder: Path) -> None:
    """Write all that the site of the repository `root` is built from. Raises `UserError` if metrics are missing."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / "docs", folder)
    shutil.copytree(root / "plots", folder / "plots")
    for name in ("CONTRIBUTING.md", "CHANGELOG.md"):
        shutil.copy(root / name, folder / name.lower())
    (folder / "parameters.md").write_text(parameters_page(), encoding="utf-8")
    (folder / "directions.md").write_text(directions_page(root), encoding="utf-8")
    for page in folder.rglob("*.md"):
        page.write_text(LINKS.sub(r"](\1", page.read_text(encoding="utf-8")), encoding="utf-8")


def directions_page(root: Path) -> str:
    """The page that leads to the SeFa pages, in Markdown."""
    settings = load_settings(root / "params.yaml")
    parts = [DIRECTIONS]
    for name in (*settings.sefa.generators, *settings.sefa.checkpoints):
        for path in sorted((root / "plots/sefa").glob(f"{name}_N*/index.html")):
            page, title = f"../plots/sefa/{path.parent.name}/index.html", settings.title(name)
            film = page.replace("index.html", "semantic_1.gif")
            found = read_object(root / f"metrics/sefa/{name}.json")
            parts += [
                f"## {title}\n",
                f"[![Five samples move along the first direction of {title}]({film})]({page})\n",
                f"[Open the page with sliders]({page}){{ .md-button }}\n",
                "| direction | eigenvalue | what it changes most |\n| --- | --- | --- |",
            ]
            for key in (key for key in found if key.startswith("direction_")):
                meaning = found[key].get("meaning", "–")
                parts.append(f"| {key.removeprefix('direction_')} | {found[key]['eigenvalue']:.4g} | {meaning} |")
            parts.append("")
    return "\n".join(parts)


def formula(source: str, *_: Any, **__: Any) -> str:
    """A block of LaTeX in a page as MathML, for which a browser needs no script."""
    return f'<div class="formula">{convert(source, display="block")}</div>'


if __name__ == "__main__":
    write_sources(Path(), SOURCES)
