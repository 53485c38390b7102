"""params.yaml is read as DVC reads it."""

from pathlib import Path

from conftest import ROOT
from dvc.utils.hydra import apply_overrides


def test_dvcs_writer_changes_one_line_of_params_yaml(tmp_path: Path) -> None:
    """`dvc exp run -S optimizer=adam` writes the whole file anew; a reviewer should see what was changed."""
    path = tmp_path / "params.yaml"
    before = (ROOT / "params.yaml").read_text()
    path.write_text(before)
    apply_overrides(path, ["optimizer=adam"])
    changed = [
        pair for pair in zip(before.splitlines(), path.read_text().splitlines(), strict=True) if pair[0] != pair[1]
    ]
    assert changed == [("optimizer: rmsprop", "optimizer: adam")]
