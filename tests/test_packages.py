"""What is packed: one version, one list of licenses, a container that is no root, notebooks without outputs."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from email.message import Message
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import otiograde

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))


def script(path: str) -> ModuleType:
    if not (ROOT / path).exists():
        pytest.skip(f"THE SOURCE DISTRIBUTION has no {path}")
    loader = SourceFileLoader(Path(path).name, str(ROOT / path))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, loader.name, module)  # dataclasses look their module up
        loader.exec_module(module)
    return module


# The version


def test_the_version_is_written_once() -> None:
    assert PROJECT["dynamic"] == ["version"]
    assert "version" not in PROJECT
    assert not re.search(r"^version:", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE)


def test_the_changelog_leads_to_this_version() -> None:
    """In the form of Keep a Changelog: a section for each version, and in it one for each kind of change."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    heads = [re.match(r"(\d+)\.(\d+)\.(\d+) - (unreleased|never published|\d{4}-\d\d-\d\d)\n", one) for one in sections]
    assert all(heads)
    versions = [(tuple(map(int, head.groups()[:3])), head[4]) for head in heads if head]
    assert versions == sorted(versions, reverse=True)
    here = tuple(map(int, otiograde.__version__.removesuffix(".dev0").split(".")))
    assert here == versions[0][0] or (versions[0][1] == "unreleased" and here == versions[1][0])
    for section in sections:
        kinds = re.findall(r"^### (.*)$", section, re.MULTILINE)
        assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
        assert len(kinds) == len(set(kinds))


def test_the_citation_says_what_the_project_says() -> None:
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    fields = dict(re.findall(r"^([\w-]+):[ ]?(.*)$", text, re.MULTILINE))
    assert {"cff-version", "message", "title", "authors", "type"} <= fields.keys()
    assert fields["title"] == PROJECT["name"]
    assert fields["license"] == PROJECT["license"]
    assert fields["abstract"].rstrip(".") == PROJECT["description"]
    assert re.findall(r"^  - (?!name)(.*)$", text, re.MULTILINE) == PROJECT["keywords"]


# What the default install does without


def test_only_rendering_needs_the_program_ffmpeg() -> None:
    """The extra ``ffmpeg`` brings it. All else reads and writes media by PyAV, so grading works where none is."""
    assert not any(line.startswith("imageio-ffmpeg") for line in PROJECT["dependencies"])
    assert [re.split("[>=]", line)[0] for line in PROJECT["optional-dependencies"]["ffmpeg"]] == ["imageio-ffmpeg"]
    source = ROOT / "src" / "otiograde"
    users = {path.relative_to(source) for path in source.rglob("*.py") if "find_ffmpeg(" in path.read_text("utf-8")}
    assert users == {Path(path) for path in ("media/ffmpeg.py", "cli/render.py", "cli/doctor.py", "errors.py")}


# Licenses


def test_direct_dependencies_have_their_licenses() -> None:
    page = (ROOT / "docs" / "licenses.md").read_text("utf-8")
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    for line in [*PROJECT["dependencies"], *extras]:
        name = re.split(r"[\[>=<]", line)[0]
        assert f"\n| `{name}` |" in page, f"{name}: run scripts/licenses"


@pytest.mark.parametrize(
    ("expression", "permissive"),
    [
        ("MIT", True),
        ("Apache-2.0 AND Apache-2.0 WITH LLVM-exception AND MIT", True),
        ("Apache-2.0 OR BSD-2-Clause", True),
        ("MIT OR GPL-3.0-only", True),
        ("(MIT AND BSD-3-Clause)", True),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT OR BSD-3-Clause) AND GPL-3.0-only", False),
        ("MIT AND (GPL-2.0-only OR LGPL-3.0-only)", False),
        ("MPL-2.0", False),
        ("LicenseRef-NVIDIA", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_expressions_of_licenses(expression: str, permissive: bool) -> None:
    assert script("scripts/licenses").is_permissive(expression) is permissive


@pytest.mark.parametrize(
    ("fields", "license_read"),
    [
        ([("License-Expression", "MIT AND PSF-2.0"), ("License", "GPL")], "MIT AND PSF-2.0"),
        ([("License", "Apache 2.0")], "Apache-2.0"),
        (
            [("License", "A page of text\nof it"), ("Classifier", "License :: OSI Approved :: MIT License")],
            "MIT",
        ),
        ([("Classifier", "License :: OSI Approved")], "unknown"),
        ([("License", "Ask us first")], "Ask us first"),
        ([("License", ""), ("Classifier", "License :: Other/Proprietary License")], "Other/Proprietary License"),
        ([], "unknown"),
    ],
)
def test_licenses_are_read_from_metadata(fields: list[tuple[str, str]], license_read: str) -> None:
    class Package:
        metadata: Any = Message()

    Package.metadata = Message()
    Package.metadata["Name"] = "thing"
    for name, value in fields:
        Package.metadata[name] = value
    assert script("scripts/licenses").spdx(Package) == license_read


# The container


def test_the_container_is_slim_pinned_and_no_root() -> None:
    steps = script(".ci/container").steps((ROOT / "Dockerfile").read_text("utf-8"))
    images = [words.split()[0] for name, words in steps if name == "FROM"]
    assert all(re.fullmatch(r"python:3\.\d+(-slim)?-[a-z]+", image) for image in images)
    assert "-slim-" in images[-1]
    assert [words.split(":")[0] for name, words in steps if name == "USER"][-1] not in ("0", "root")
    assert ("ENTRYPOINT", '["otiograde"]') in steps


def test_the_container_gets_what_the_wheel_is_built_from() -> None:
    if not (ROOT / ".dockerignore").exists():
        pytest.skip("THE SOURCE DISTRIBUTION has no .dockerignore")
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    sent = {line[1:] for line in lines if line.startswith("!")}
    for name in sent:
        assert (ROOT / name).exists(), name
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    folders = {Path(folder).parts[0] for folder in build["package-dir"].values()}
    assert folders | {"ext", "pyproject.toml", "setup.py", PROJECT["readme"], *PROJECT["license-files"]} == sent


# The notebooks


def test_the_notebooks_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["gate_in_a_pipeline", "look_from_a_still", "match_five_clips"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_short_and_without_outputs(path: Path) -> None:
    """`scripts/notebooks` runs them."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    assert len(cells) <= 12
    for cell in cells:
        assert len(cell["source"]) <= 20
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            compile("".join(cell["source"]), path.name, "exec")
    assert cells[0]["source"][0].startswith("# ")
