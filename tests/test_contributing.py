"""CONTRIBUTING.md says what is so: its examples fit the tree, its paths exist, and each new thing touches one file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "src/otiograde"
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


class Change(NamedTuple):
    """What a diff does to one file: the lines of each hunk before and after."""

    path: str
    is_new: bool
    hunks: list[tuple[list[str], list[str]]]


def changes(diff: str) -> Iterator[Change]:
    """The changes of a unified diff. Each hunk must have as many lines as its header says."""
    for part in re.split(r"^(?=--- )", diff, flags=re.MULTILINE)[1:]:
        header, *hunks = re.split(r"^(?=@@ )", part, flags=re.MULTILINE)
        names = re.fullmatch(r"--- (?:a/(.+)|/dev/null)\n\+\+\+ b/(.+)\n", header)
        assert names is not None, header
        assert names[1] in (None, names[2])
        parsed = []
        for hunk in hunks:
            first, *lines = hunk.removesuffix("\n").split("\n")
            counts = re.match(r"@@ -\d+,(\d+) \+\d+,(\d+) @@", first)
            assert counts is not None, first
            before = [line[1:] for line in lines if line[:1] != "+"]
            after = [line[1:] for line in lines if line[:1] != "-"]
            assert [len(before), len(after)] == [int(counts[1]), int(counts[2])], f"{names[2]}: {first}"
            parsed.append((before, after))
        yield Change(names[2], names[1] is None, parsed)


#: Heading of an example -> its changes, as the page shows them.
EXAMPLES = {
    heading: list(changes(diff))
    for section in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
    for heading, diff in [re.findall(r"\AAn? ([\w ]+)\n.*?^```diff\n(.*?)^```", section, re.DOTALL | re.MULTILINE)[0]]
}
CHANGES = [pytest.param(change, id=f"{kind}-{change.path}") for kind in EXAMPLES for change in EXAMPLES[kind]]

#: The rows of the table of new things: the thing, its file, its table, its law suite.
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE[PAGE.index("\n| new |") :].split("\n\n")[0].strip().split("\n")[2:]
]


def contains(text: list[str], lines: list[str]) -> bool:
    """Whether ``lines`` stand in a text one after another."""
    return any(text[at : at + len(lines)] == lines for at in range(len(text) - len(lines) + 1))


def is_of_code(path: str) -> bool:
    """Whether a file is neither a test nor a page."""
    return not path.startswith("tests/") and not path.endswith(".md")


def is_of_a_checkout(path: str) -> bool:
    """Whether a path is left out of the source distribution, and this is one."""
    folder = ROOT / path.partition("/")[0]
    return folder.name in (".ci", ".github") and not folder.exists()


def test_every_row_of_the_table_has_its_example() -> None:
    assert [re.findall(r"\[([\w ]+)\]", row[0])[0] for row in ROWS] == list(EXAMPLES)
    assert len(EXAMPLES) == 6


@pytest.mark.parametrize("change", CHANGES)
def test_an_example_fits_the_tree(change: Change) -> None:
    """Its hunks are in the file already, or the file has what they replace. A new file may be there as it is shown."""
    file = ROOT / change.path
    if change.is_new:
        ((before, after),) = change.hunks
        assert not before
        assert file.parent.is_dir()
        if file.exists():
            shown = "\n".join(after) + "\n"
            assert file.read_text("utf-8") == shown, f"CONTRIBUTING.md shows another {change.path}: copy it there"
        return
    text = file.read_text("utf-8").split("\n")
    missing = [after for before, after in change.hunks if not contains(text, after) and not contains(text, before)]
    assert not missing, f"CONTRIBUTING.md shows lines around which {change.path} has changed"


@pytest.mark.parametrize("change", [case for case in CHANGES if case.values[0].is_new])  # type: ignore[attr-defined]
def test_a_new_file_compiles_and_imports_what_is_there(change: Change) -> None:
    ((_, lines),) = change.hunks
    tree = ast.parse("\n".join(lines), change.path)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    for node in imports:
        module = import_module(str(node.module))
        for alias in node.names:
            assert hasattr(module, alias.name) or import_module(f"{node.module}.{alias.name}"), alias.name
    assert any(str(node.module).startswith("otiograde") for node in imports)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_new_thing_touches_one_file_beside_its_own(kind: str) -> None:
    code = [change for change in EXAMPLES[kind] if is_of_code(change.path)]
    assert len([change for change in code if not change.is_new]) == 1
    assert len([change for change in code if change.is_new]) <= 1


@pytest.mark.parametrize("row", ROWS, ids=list(EXAMPLES))
def test_the_table_names_the_files_of_the_example(row: list[str]) -> None:
    kind, own, table, suite = re.findall(r"\[([\w ]+)\]", row[0])[0], *row[1:]
    names = re.findall(r"`([^`]+)`", own)
    new = [change.path for change in EXAMPLES[kind] if change.is_new and is_of_code(change.path)]
    if own.startswith("none"):
        assert not new
    else:
        assert Path(new[0]).parent == Path(SOURCE, names[0]).parent
    for name in names:
        folder = name.rpartition("/")[0] if "NAME" in name else name
        assert any((ROOT / SOURCE / room / folder).exists() for room in ("", "exporters")), name
    file = re.findall(r"`([\w/]+\.\w+)`", table)[-1]
    path = file if (ROOT / file).exists() else f"{SOURCE}/{file}"
    assert path in {change.path for change in EXAMPLES[kind] if not change.is_new}
    variables = re.findall(r"`([A-Z]+)`", table)
    assert all(re.search(rf"^{name}\b", (ROOT / path).read_text("utf-8"), re.MULTILINE) for name in variables)
    assert (ROOT / suite.strip("`")).is_file()


def test_links_and_paths_lead_somewhere() -> None:
    prose = re.sub(r"^```.*?^```", "", PAGE, flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)#]+)\)", prose):
        assert (ROOT / target).exists(), target
    for word in re.findall(r"`((?:scripts|\.ci|tests|docs|src|ext)/[\w./-]*)", prose):
        assert (ROOT / word).exists() or is_of_a_checkout(word), word


@pytest.mark.parametrize("name", ["docs/releasing.md", "SECURITY.md", ".github/pull_request_template.md"])
def test_paths_in_the_pages_beside_it_lead_somewhere(name: str) -> None:
    if is_of_a_checkout(name):
        pytest.skip(f"THE SOURCE DISTRIBUTION has no {name}")
    text = (ROOT / name).read_text("utf-8")
    for word in re.findall(r"`((?:scripts|\.ci|tests|docs|src|benchmarks)/[\w./-]*|[A-Z]+\.md)", text):
        assert (ROOT / word).exists() or is_of_a_checkout(word), f"{name}: {word}"
