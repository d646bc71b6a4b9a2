"""The house, under test: floors, owners, page budgets, public names (docs/architecture.md draws the same picture)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "otiograde"
MODULES = sorted(SOURCE.rglob("*.py"))

#: Package or module -> floor. Imports point down, never sideways, except inside one package.
FLOORS = {
    "errors": 0,
    "color": 1,
    "shot": 2, "edit": 2, "sample": 2, "link": 2, "scene": 2, "grade": 2, "finding": 2, "progress": 2, "flow": 2,
    "evidence": 2, "steps": 2,
    "linking": 3, "grouping": 3, "match": 3, "look": 3, "verify": 3, "codec": 3, "graded": 3, "twins": 3, "drift": 3,
    "describing": 3, "wishing": 3, "upgrading": 3,
    "deep": 4, "timeline": 4, "media": 4, "cache": 4, "workers": 4, "outputs": 4, "installing": 4,
    "exporters": 5,
    "carrying": 6, "regrading": 6, "pipeline": 6, "comparison": 6, "grading": 6,
    "rendering": 6, "proving": 6, "demo": 6, "picturing": 6,
    "review": 6,
    "cli": 7,
}  # fmt: skip

#: Module -> the rooms that may import it.
OWNERS = {
    "opentimelineio": {"timeline"},
    "av": {"media"},
    "imageio_ffmpeg": {"media"},
    "subprocess": {"media"},
    "click": {"cli"},
    "rich": {"cli"},
    "PyOpenColorIO": {"exporters"},
    "jinja2": {"exporters"},
    "starlette": {"review"},
    "uvicorn": {"review"},
    "otiograde_otio": set(),
    "torch": {"deep"},
    "kornia": {"deep"},
}

#: What the floors of pure computation never touch.
OUTSIDE = {"os", "subprocess", "tempfile", "shutil", "socket", "time", "datetime", "random", "multiprocessing", "av"}

#: Rooms of one floor that build on each other, and why.
NEIGHBORS = {
    ("edit", "shot"), ("grade", "scene"), ("sample", "shot"), ("evidence", "link"),
    ("shot", "scene"), ("shot", "steps"),  # a noun made of nouns
    ("proving", "rendering"),  # a proof is a rendering with LUTs that change nothing
    ("graded", "codec"), ("graded", "upgrading"),  # the record and its text, of earlier formats, too
    ("drift", "linking"),  # surfaces are followed in the same grays in which they are linked
    ("linking", "match"),  # what two shots resemble each other in is found by a solve of the two
    ("verify", "drift"),  # a check of it
    ("installing", "outputs"),  # LUTs are taken from an output folder
    ("review", "pipeline"), ("review", "regrading"),  # a scene solved again, and checked
    ("picturing", "pipeline"),  # the frames that were sampled, out of the same cache
    ("regrading", "pipeline"), ("carrying", "regrading"), ("carrying", "pipeline"),  # a part of the pipeline, again
}  # fmt: skip


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[str, int]]:
    """Every module named by an import anywhere in the file, with its line."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            found.append((str(node.module), node.lineno))
            if node.module == "otiograde":
                found += [(f"otiograde.{alias.name}", node.lineno) for alias in node.names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_floors_and_owners(path: Path) -> None:
    own = room(path)
    if own in ("__init__", "__main__"):
        return
    for name, line in imports(path):
        top, _, rest = name.partition(".")
        where = f"{path.relative_to(ROOT)}:{line}"
        if top in OWNERS:
            assert own in OWNERS[top], f"{where}: only {sorted(OWNERS[top])} may import {top}"
        if FLOORS[own] <= 3:
            assert top not in OUTSIDE, f"{where}: floor {FLOORS[own]} computes, it does not touch {top}"
        if top != "otiograde" or not rest:
            continue
        other = rest.split(".")[0]
        if other in ("__version__", "_kernels", own):
            assert other != "_kernels" or own == "color", f"{where}: only color/ calls the kernels"
            continue
        assert FLOORS[other] < FLOORS[own] or (own, other) in NEIGHBORS, (
            f"{where}: {own} imports {other} sideways or up"
        )


def test_page_budgets() -> None:
    for path in MODULES + sorted((ROOT / "otio_adapters").rglob("*.py")):
        assert len(path.read_text("utf-8").splitlines()) <= 400, f"{path.relative_to(ROOT)} is over 400 lines"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_functions_fit_a_screen(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
            length = int(node.end_lineno or 0) - first.lineno + 1
            assert length <= 40, f"{path.relative_to(ROOT)}:{node.lineno}: {node.name} has {length} lines"


def test_forbidden_names() -> None:
    for path in MODULES:
        assert not set(path.stem.split("_")) & {"utils", "util", "helpers", "common", "manager", "base", "misc"}, path


def test_speaks_of_itself_alone() -> None:
    """No absolute paths of a machine, no registry hosts, nothing about how the text came to be."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout
    files = [ROOT / name for name in tracked.decode().split("\0") if name] or MODULES
    forbidden = re.compile(r"/work/|/root/|\bpypi\.org\b|\bartifactory\b|\bhelper-\d", re.IGNORECASE)
    for path in files:
        if path.suffix in {".py", ".pyx", ".c", ".h", ".inc", ".md", ".toml", ".txt", ".sh"} and path != Path(__file__):
            assert not (hit := forbidden.search(path.read_text("utf-8"))), f"{path}: {hit.group() if hit else ''}"


def test_public_names() -> None:
    import otiograde

    assert otiograde.__all__ == ["__version__", *sorted(otiograde.__all__[1:])]
    for name in otiograde.__all__:
        assert getattr(otiograde, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = otiograde.nothing


def test_import_is_light() -> None:
    """Importing otiograde loads no library that takes long: those load when they are used."""
    code = "import otiograde, sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "scipy", "cv2", "av", "opentimelineio", "click", "rich", "torch"} & set(loaded)


def test_help_is_light() -> None:
    code = (
        "import sys\ntry:\n  from otiograde.cli import main\n  main(['--help'])\nexcept SystemExit: pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr.split()
    assert not {"numpy", "scipy", "cv2", "av", "opentimelineio", "rich", "torch"} & set(loaded)
