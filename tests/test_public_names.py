"""What ``import otiograde`` offers: one list of names, the same for programs, for type checkers and for people.

Tests: __init__.py
"""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import otiograde

#: What the module needs for itself, and nobody imports from it.
MACHINERY = {"annotations", "import_module", "TYPE_CHECKING", "Any"}


def typed_imports() -> dict[str, str]:
    """Each name that the ``if TYPE_CHECKING`` block imports, and the module it takes it from."""
    tree = ast.parse(Path(otiograde.__file__).read_text("utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    found = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            assert alias.asname == alias.name, f"{alias.name}: only `import name as name` exports it to type checkers"
            found[alias.name] = str(node.module)
    return found


def test_type_checkers_see_the_names_that_programs_get() -> None:
    assert typed_imports() == {name: f"otiograde.{home}" for name, home in otiograde._HOMES.items()}


def test_all_is_the_version_and_every_home_in_order() -> None:
    assert otiograde.__all__ == ["__version__", *sorted(otiograde._HOMES)]
    assert dir(otiograde) == sorted(otiograde.__all__)


def test_nothing_else_is_exported() -> None:
    """In a fresh process, where no test has imported a part of the package."""
    code = "import otiograde; print(*vars(otiograde))"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {name for name in names if not name.startswith("_")} == MACHINERY
    assert not MACHINERY & set(otiograde.__all__)


@pytest.mark.parametrize("name", otiograde.__all__[1:])
def test_every_name_is_documented_and_at_home(name: str) -> None:
    value = getattr(otiograde, name)
    assert value is getattr(import_module(f"otiograde.{otiograde._HOMES[name]}"), name)
    assert value.__module__ == f"otiograde.{otiograde._HOMES[name]}"
    assert value.__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = otiograde.nothing
