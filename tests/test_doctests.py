"""The examples in docstrings run, and every public name has one."""

from __future__ import annotations

import ast
import doctest
import re
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

#: The page whose examples tests/test_docs.py runs.
PAGE = (Path(__file__).resolve().parents[1] / "docs" / "python.md").read_text("utf-8")


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty folder, where examples may write."""
    monkeypatch.chdir(tmp_path)
    results = doctest.testmod(import_module(name))
    assert results.attempted
    assert not results.failed


def names_in(source: str) -> set[str]:
    """The names and attributes that a piece of Python uses."""
    nodes = list(ast.walk(ast.parse(source)))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


@pytest.mark.parametrize("name", otiograde.__all__[1:])
def test_a_public_name_has_an_example(name: str) -> None:
    """In its docstring, where the reference shows it; a use, not only an import."""
    assert f"otiograde.{otiograde._HOMES[name]}" in MODULES
    examples = doctest.DocTestParser().get_examples(getattr(otiograde, name).__doc__)
    assert any(name in names_in(example.source) for example in examples)


def test_the_version_has_an_example() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert any("__version__" in names_in(example) for example in examples)
