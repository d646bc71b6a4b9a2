"""The plug-in as a package of its own: built as a wheel, and put beside an OpenTimelineIO without otiograde."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import otiograde
from making.bare import bare_python
from making.folders import graded_folder

ROOT = Path(__file__).resolve().parents[2]

USE = """
import logging, sys
import opentimelineio as otio

assert "otiograde_mlt" in otio.adapters.available_adapter_names()
folder = {"otiograde_folder": sys.argv[1]}
timeline = otio.adapters.read_from_file(f"{sys.argv[1]}/graded.otio", hook_function_argument_map=folder)
print(*(clip.effects[0].metadata["otiograde"]["path"] for clip in timeline.find_clips()), sep="\\n")
try:
    otio.adapters.write_to_string(timeline, "otiograde_mlt")
except ImportError as error:
    print(error)
otio.adapters.read_from_file(f"{sys.argv[1]}/graded.otio", media_linker_name="otiograde_beside")
try:
    otio.adapters.read_from_file(f"{sys.argv[1]}/graded.otio", media_linker_name="otiograde")
except ImportError as error:
    print(error)
"""


def isolation() -> list[str]:
    """pip's option to build with the setuptools that is here, where it is new enough."""
    try:
        return ["--no-build-isolation"] if int(version("setuptools").split(".")[0]) >= 77 else []
    except PackageNotFoundError:
        return []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built in a copy of the part of the checkout that it needs."""
    copy = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "otio_adapters", copy / "otio_adapters", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "src" / "otiograde").mkdir(parents=True)
    shutil.copy(ROOT / "src" / "otiograde" / "__init__.py", copy / "src" / "otiograde")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", *isolation(), "-w", "dist", "./otio_adapters"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (built,) = (copy / "dist").glob("*.whl")
    return built


def test_the_wheel_holds_the_plug_in_and_nothing_else(wheel: Path) -> None:
    assert wheel.name == f"otiograde_otio-{otiograde.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.startswith("otiograde_otio-")}
        assert any(name.endswith("/LICENSE") for name in archive.namelist())
    package = ROOT / "otio_adapters" / "otiograde_otio"
    files = [path for path in package.rglob("*") if path.suffix in {".py", ".json"}]
    assert names == {path.relative_to(package.parent).as_posix() for path in files}


def test_it_works_where_otiograde_is_not_installed(wheel: Path, tmp_path: Path, ffmpeg: Path) -> None:
    folder = graded_folder(ffmpeg, tmp_path)
    python, site = bare_python(tmp_path / "bare")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    done = subprocess.run([python, "-c", USE, folder], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    luts = [f"{folder.resolve().as_posix()}/luts/{name}.cube" for name in "ab"]
    assert done.stdout.splitlines() == [*luts, *2 * ["this needs otiograde itself: pip install otiograde"]]
