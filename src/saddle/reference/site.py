"""What the documentation has beside its own pages: MkDocs calls this as a hook (see mkdocs.yml)."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from saddle.config import load_settings
from saddle.reference.directions import directions_page
from saddle.reference.known import GROUPS
from saddle.reference.metrics import metrics_page
from saddle.reference.parameters import parameters_page

# Pictures of the pipeline that pages show.
PICTURES = ("points/variants.gif", "optimizers/w2.png")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from the code, those that lie elsewhere, and the SeFa pages."""
    root = Path(config.config_file_path or "mkdocs.yml").parent
    params, plots = root / "params.yaml", root / "plots"
    pages = {
        "parameters.md": parameters_page(params.read_text(encoding="utf-8")),
        "metrics.md": metrics_page(GROUPS),
        "directions.md": directions_page(plots / "sefa", root / "metrics/sefa", load_settings(params)),
        "contributing.md": (root / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        "changelog.md": (root / "CHANGELOG.md").read_text(encoding="utf-8"),
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    copied = {f"pictures/{Path(name).name}": plots / name for name in PICTURES}
    copied |= {path.relative_to(plots).as_posix(): path for path in sorted(plots.glob("sefa/**/*")) if path.is_file()}
    for name, path in copied.items():
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files
