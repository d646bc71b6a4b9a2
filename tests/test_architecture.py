"""The house, under test: floors, owners, page budgets (docs/architecture.md draws the same picture)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "otiograde"
MODULES = sorted(SOURCE.rglob("*.py"))

#: The rooms from the ground up. A room imports only what stands before it here.
ORDER = (
    "errors",
    "color",
    "record",
    "means",
    "media",
    "timeline",
    "deep",
    "folder",
    "survey",
    "survey.links",
    "decide.look",
    "decide.match",
    "decide.verify",
    "decide",
    "movie",
    "grading",
    "exporters.report",
    "exporters.colorio",
    "exporters",
    "exporters.lists",
    "exporters.editors",
    "review",
    "demo",
    "cli",
)

#: Imports against the order, each with its reason. At most three.
EXCEPTIONS: dict[tuple[str, str], str] = {}

#: What computes. It knows no files, processes, clocks, environment or global random state, nor the rooms that do.
COMPUTES = {"color", "record", "survey", "survey.links", "decide", "decide.look", "decide.match", "decide.verify"}
OUTSIDE = {"os", "subprocess", "tempfile", "shutil", "socket", "time", "datetime", "random", "multiprocessing", "av"}
OUTSIDE_ROOMS = {"media", "timeline", "deep", "folder"}

#: Package -> the rooms, by their first part, that may import it.
OWNERS = {
    "opentimelineio": {"timeline"},
    "av": {"media"},
    "imageio_ffmpeg": set(),  # 165 MB that the default install does without: only the program in it is started
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
    "cv2": {"color", "survey", "media", "deep", "means", "exporters", "demo"},
    "scipy": set(),  # 137 MB that the default install does without
    "otiograde._kernels": {"color"},
}


def load_house() -> Any:
    """The script that measures the house, as a module."""
    loader = SourceFileLoader("house", str(ROOT / "scripts" / "house"))
    spec = spec_from_loader("house", loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules["house"] = module
    loader.exec_module(module)
    return module


house = load_house()


def test_rooms_import_what_stands_below_them() -> None:
    assert len(EXCEPTIONS) <= 3
    assert set(house.rooms()) == set(ORDER)
    upward = [
        f"{one.module} imports {one.imported} (line {one.line})"
        for one in house.imports()
        if (here := house.room(one.module)) in ORDER
        and (there := house.room(one.imported)) in ORDER
        and ORDER.index(there) > ORDER.index(here)
        and (here, there) not in EXCEPTIONS
    ]
    assert not upward


def test_what_computes_knows_nothing_of_the_outside() -> None:
    assert not {
        (one.module, one.imported)
        for one in house.imports()
        if house.room(one.module) in COMPUTES and house.room(one.imported).split(".")[0] in OUTSIDE_ROOMS
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_packages_have_owners(path: Path) -> None:
    parts = path.relative_to(SOURCE).parts
    computes = ".".join(parts[:-1]) in COMPUTES
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            for package, owners in OWNERS.items():
                if name == package or name.startswith(f"{package}."):
                    assert parts[0] in owners, f"{where}: only {sorted(owners)} may import {package}"
            if computes:
                assert name.split(".")[0] not in OUTSIDE, f"{where}: this room computes, it does not touch {name}"


def test_the_house_keeps_its_figures() -> None:
    missed = [figure for figure in house.figures() if figure.value > figure.limit]
    assert not missed


def test_the_house_sees_what_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A figure that cannot be missed would measure nothing: a damaged house is found out."""
    source = tmp_path / "src" / "otiograde"
    for name, text in {
        "a/__init__.py": "",
        "a/one.py": "from otiograde.b import two\n",
        "b/__init__.py": "",
        "b/two.py": "def work():\n    from otiograde.a.one import x\n",
        "loose.py": "",
    }.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
    monkeypatch.setattr(house, "SOURCE", source)
    assert house.loose_modules() == ["loose"]
    assert house.rooms() == ["a", "b", "loose"]
    assert house.arrows() == {"a": {"b"}, "b": {"a"}, "loose": set()}
    with pytest.raises(ValueError, match="circle: a -> b -> a"):
        house.floors(house.arrows())


def test_the_page_shows_the_house_as_it_is() -> None:
    text = house.PICTURE.read_text("utf-8")
    assert text == house.drawn(text), "run scripts/house --write"


def test_tests_stand_where_the_rooms_do() -> None:
    """Each room has a folder of tests of its name; the other folders are those named here."""
    tests = ROOT / "tests"
    folders = {path.parent.relative_to(tests).as_posix() for path in tests.rglob("test_*.py")} - {"."}
    rooms = {name.replace(".", "/") for name in house.rooms()} - {"errors"}
    assert folders - rooms == {"adapters", "footage", "fuzz", "kernels"}
    assert rooms - folders == set()


TESTS = ROOT / "tests"


def named_in(path: Path) -> list[str]:
    """The modules that the paragraph ``Tests: room/name.py, …`` of a test file's docstring names."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    paragraphs = (part for part in text.split("\n\n") if part.startswith("Tests: "))
    return [name.strip() for part in paragraphs for name in part.removeprefix("Tests: ").split(",")]


def works(path: Path) -> bool:
    """Whether a module defines a function or a class: names and tables alone have nothing to test."""
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.parse(path.read_text("utf-8")).body)


def test_the_tests_of_a_module_are_found_by_its_name() -> None:
    """They are in ``tests/room/test_name.py``, or in a file of that folder whose docstring names ``room/name.py``."""
    named = {(path.parent, name) for path in TESTS.rglob("test_*.py") for name in named_in(path)}
    lost = []
    for path in filter(works, MODULES):
        module = path.relative_to(SOURCE)
        room = TESTS / module.parent
        if not (room / f"test_{module.stem}.py").is_file() and (room, module.as_posix()) not in named:
            lost.append(module.as_posix())
    assert not lost


def test_tests_name_modules_that_are_there_and_of_their_room() -> None:
    for path in TESTS.rglob("test_*.py"):
        for name in named_in(path):
            assert (SOURCE / name).is_file(), f"{path.relative_to(ROOT)}: there is no {name}"
            assert (TESTS / name).parent == path.parent, f"{path.relative_to(ROOT)}: {name} is of another room"


def test_files_of_tests_have_names_of_their_own() -> None:
    """pytest imports them by their base names."""
    counts = Counter(path.name for path in TESTS.rglob("test_*.py"))
    assert not [name for name, count in counts.items() if count > 1]


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
