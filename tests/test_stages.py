"""dvc.yaml names just the code that each stage runs."""

import ast
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]

# They check, write atomically and report, but decide no value of any output.
EXEMPT = {"src/saddle/config.py", "src/saddle/files.py", "src/saddle/errors.py", "stages/variant.py"}

# models/files.py imports the module of a network by its name, which no search for imports can see.
BY_NAME = {
    "sefa": ("classifier", "dcgan", "mlp", "narrow", "network", "progan", "progan_layers", "upsampling"),
    "sefa_checkpoint": ("classifier", "dcgan", "mlp", "narrow", "network", "progan", "progan_layers", "upsampling"),
    "evaluate_points": ("mlp", "network"),
    "evaluate_mnist_floor": ("classifier", "network"),
    "evaluate_mnist": ("classifier", "dcgan", "mlp", "narrow", "network", "progan", "progan_layers", "upsampling"),
}


def imported(path: Path) -> set[Path]:
    """The project's files that `path` imports, directly or through others, itself included."""
    found, waiting = set(), [path]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        for node in ast.walk(ast.parse(current.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                for folder in (ROOT / "src", ROOT):
                    module = folder / Path(*name.split(".")).with_suffix(".py")
                    if module.is_file():
                        waiting.append(module)
    return found


def body(name: str) -> dict[str, list[str]]:
    stage = STAGES[name]
    return stage.get("do", stage)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", STAGES)
def test_dependencies_cover_the_imports_and_nothing_more(name: str) -> None:
    command = body(name)["cmd"].split()  # type: ignore[attr-defined]
    assert command[:2] == ["python", "-m"]
    script = ROOT / Path(*command[2].split(".")).with_suffix(".py")
    needed = {str(path.relative_to(ROOT)) for path in imported(script)} - EXEMPT
    if "src/saddle/models/files.py" in needed:
        needed |= {f"src/saddle/models/{module}.py" for module in BY_NAME.get(name, ())}
    declared = {dep for dep in body(name)["deps"] if dep.startswith(("src/", "stages/"))}
    for file in needed:
        assert any(file == dep or file.startswith(f"{dep}/") for dep in declared), f"{name} does not declare {file}"
    for dep in declared:
        assert (ROOT / dep).exists(), f"{name} declares {dep}, which is not there"
        assert any(file == dep or file.startswith(f"{dep}/") for file in needed), f"{name} does not use {dep}"
