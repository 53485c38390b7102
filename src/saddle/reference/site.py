"""What the documentation has beside its own pages: MkDocs calls this as a hook (see mkdocs.yml)."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from saddle.config import load_settings
from saddle.reference.directions import directions_page
from saddle.reference.known import GROUPS
from saddle.reference.metrics import metrics_page
from saddle.reference.parameters import parameters_page

# Pictures of the pipeline that pages show.
PICTURES = ("points/variants.gif", "optimizers/w2.png")
# A link from a page to plots/, which in the repository lies beside docs/ and on the site within it.
LINK = re.compile(r"\]\(\.\./(?P<up>(?:\.\./)*)plots/(?P<name>[^)\s]+)\)")
SEFA = "sefa/"


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
    copied |= {path.relative_to(plots).as_posix(): path for path in sorted(plots.glob(f"{SEFA}**/*")) if path.is_file()}
    linked = (link["name"] for page in files.documentation_pages() for link in LINK.finditer(page.content_string))
    copied |= {f"plots/{name}": plots / name for name in sorted({*linked}) if not name.startswith(SEFA)}
    for name, path in copied.items():
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links from a page to plots/ lead to where these files are on the site."""

    def on_site(link: re.Match[str]) -> str:
        folder = "" if link["name"].startswith(SEFA) else "plots/"
        return f"]({link['up']}{folder}{link['name']})"

    return LINK.sub(on_site, markdown)
