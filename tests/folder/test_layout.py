"""Names in an output folder: safe on every system, each written once, checksums as sha256sum has them."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_folder import FILES, names

import otiograde
from otiograde.errors import ExportError
from otiograde.folder.layout import (
    CHECKSUMS,
    check_names,
    faded_lut_path,
    format_checksums,
    is_safe,
    key_lut_path,
    lut_path,
    parse_checksums,
    picture_path,
)
from otiograde.folder.writing import write_folder

SOURCE = Path(otiograde.__file__).parent

PURE = [*sorted((SOURCE / "exporters").rglob("*.py"))]
PURE += [SOURCE / "movie" / f"{name}.py" for name in ("plan", "commands", "shell", "batch", "graph", "sound")]


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(SOURCE)))
def test_exporters_and_compilers_know_names_only(path: Path) -> None:
    modules = {node.module for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)}
    rooms = {module for module in modules if module and module.startswith("otiograde.folder")}
    assert rooms <= {"otiograde.folder.layout", "otiograde.folder.apps"}


def test_paths() -> None:
    assert lut_path("a") == "luts/a.cube"
    assert faded_lut_path("a", 1) == "luts/a.cube"
    assert faded_lut_path("a", 0.25) == "render/luts/a.0250.cube"
    assert picture_path("a", 7) == "pictures/a/7.jpg"
    assert key_lut_path("a", 12) == faded_lut_path("a", 1, 12) == "luts/keys/a.12.cube"
    assert faded_lut_path("a", 0.25, 12) == "render/luts/keys/a.12.0250.cube"
    assert faded_lut_path("a", 1, steadied=True) == "render/luts/steadied/a.cube"
    assert faded_lut_path("a", 0.5, 12, steadied=True) == "render/luts/steadied/keys/a.12.0500.cube"
    paths = {faded_lut_path(shot, opacity, key) for shot in ("a", "a.12") for opacity in (1, 0.5) for key in (None, 12)}
    assert len(paths) == 8


def test_checksums_are_those_of_sha256sum(folder: Path) -> None:
    done = subprocess.run(["sha256sum", "--strict", "-c", CHECKSUMS], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "name",
    [
        "/etc/x",
        "../x",
        "a/../x",
        "a//b",
        "a/",
        "",
        ".",
        "a/.hidden",
        "-x",
        "a b",
        "é",
        "a\\b",
        "a\nb",
        "C:/x",
        CHECKSUMS,
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError):
        write_folder(tmp_path / "out", {**FILES, name: b""})
    assert names(tmp_path) == []
    assert name == CHECKSUMS or not is_safe(name)
    with pytest.raises(ExportError):
        check_names([name])


def test_names_that_are_one_on_some_disks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="twice"):
        write_folder(tmp_path / "out", {"luts/A.cube": b"", "luts/a.cube": b""})


@given(
    st.dictionaries(
        st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9]{1,8})?\.cube", fullmatch=True),
        st.text("0123456789abcdef", min_size=64, max_size=64),
    )
)
def test_checksums_are_read_as_they_were_written(digests: dict[str, str]) -> None:
    assert parse_checksums(format_checksums(digests)) == digests


def test_checksums_of_names_that_lead_elsewhere_are_left_out() -> None:
    assert parse_checksums("0  ../../etc/passwd\n0  /etc/passwd\nno checksum\n1  a.cube\n") == {"a.cube": "1"}
