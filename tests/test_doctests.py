"""The examples in docstrings run, and the public names of color and of the folder have one."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import otiograde

PACKAGE = Path(otiograde.__file__).parent

#: Found by text: a module without an example is not imported, whatever it needs.
MODULES = sorted(
    ".".join(("otiograde", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text("utf-8")
)

SHOWN = sorted(name for name, home in otiograde._HOMES.items() if home.startswith(("color.", "folder.")))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty folder, where examples may write."""
    monkeypatch.chdir(tmp_path)
    results = doctest.testmod(import_module(name))
    assert results.attempted
    assert not results.failed


@pytest.mark.parametrize("name", SHOWN)
def test_a_public_name_has_an_example(name: str) -> None:
    examples = doctest.DocTestParser().get_examples(getattr(otiograde, name).__doc__)
    assert any(name in example.source for example in examples)
