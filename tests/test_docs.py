"""The pages in docs/ say what is so: options, keys, words, formats, examples, links."""

from __future__ import annotations

import builtins
import json
import re
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

import otiograde
from otiograde import errors
from otiograde.cli import COMMANDS, group
from otiograde.color.difference import BANDS
from otiograde.color.encodings import ENCODINGS, encoding
from otiograde.color.trim import LIMITS
from otiograde.exporters import exporter_names
from otiograde.media.writing import write_video
from otiograde.record.steps import FILTERS
from otiograde.timeline.reading import Notes
from otiograde.timeline.wishes import KEYS, wishes_of

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
WIDTH = 100

#: Options in docs/cli.md that belong to other programs.
FOREIGN = {"--no-deps"}


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def rows(text: str, header: str) -> list[list[str]]:
    """The cells of the table whose header row begins so, without its two first lines."""
    start = text.index(f"\n| {header} |") + 1
    table = text[start:].split("\n\n", 1)[0].strip().split("\n")
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[2:]]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_a_page_and_a_heading(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        there = path.parent / name if name else path
        assert there.exists(), target
        assert not anchor or anchor in anchors(there.read_text("utf-8")), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_lines_fit(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    wide = [line for line in text.split("\n") if len(line) > WIDTH and line[:1] not in "|!"]
    assert not wide


def test_every_page_is_linked() -> None:
    linked = {
        (path.parent / target).resolve()
        for path in PAGES
        for target in re.findall(r"\]\(([^)#:]+\.md)", path.read_text("utf-8"))
    }
    assert {path for path in PAGES if path.name != "README.md" or path.parent != ROOT} <= linked


# docs/cli.md


def command_of(name: str) -> click.Command:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    return command


def options_of(command: click.Command) -> list[click.Option]:
    commands = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
    return [option for each in commands for option in each.params if isinstance(option, click.Option)]


def section(text: str, heading: str) -> str:
    start = text.index(f"{heading}\n") + len(heading)
    return re.split(rf"^#{{1,{heading.count('#')}}} ", text[start:], maxsplit=1, flags=re.MULTILINE)[0]


def section_with_shared(name: str) -> str:
    """The section of a command in docs/cli.md, and those of shared options that it links to."""
    text = page("cli.md")
    own = section(text, f"## `otiograde {name}`")
    shared = re.findall(r"^### .*$", text, re.MULTILINE)
    linked = [heading for heading in shared if f"(#{next(iter(anchors(heading)))})" in own]
    return "\n".join([own, *(section(text, heading) for heading in linked)])


@pytest.mark.parametrize("name", COMMANDS)
def test_cli_names_every_option_and_choice(name: str) -> None:
    text = section_with_shared(name)
    for option in options_of(command_of(name)):
        for spelling in option.opts:
            assert re.search(rf"`{spelling}\b", text), f"docs/cli.md: {name} {spelling}"
        if isinstance(option.type, click.Choice):
            for choice in option.type.choices:
                assert re.search(rf"\b{choice}\b", text), f"docs/cli.md: {name} {option.opts[0]} {choice}"


@pytest.mark.parametrize("name", COMMANDS)
def test_cli_invents_no_option(name: str) -> None:
    spellings = {spelling for option in options_of(command_of(name)) for spelling in option.opts}
    spellings |= {spelling for option in options_of(command_of("grade")) for spelling in option.opts}
    text = section(page("cli.md"), f"## `otiograde {name}`")
    assert set(re.findall(r"`(-[-\w]+)", text)) <= spellings | {"-h", "--help"} | FOREIGN


@pytest.mark.parametrize("name", COMMANDS)
def test_cli_states_the_defaults(name: str) -> None:
    lines = [line for line in section_with_shared(name).split("\n") if line.startswith("|")]
    for option in options_of(command_of(name)):
        if option.show_default is True and not option.is_flag:
            default = f"{option.default:g}" if isinstance(option.default, float) else str(option.default)
            line = next(line for line in lines if f"`{option.opts[0]}" in line)
            assert line.strip("| ").split(" | ")[-1].strip("`") == default, line


def test_cli_names_every_lut_command() -> None:
    lut = command_of("lut")
    assert isinstance(lut, click.Group)
    named = re.findall(r"`otiograde lut ([\w-]+) ", section(page("cli.md"), "## `otiograde lut`"))
    assert sorted(named) == sorted(lut.commands)


def test_cli_names_every_format_encoding_and_step() -> None:
    text = page("cli.md")
    assert sorted(name for row in rows(text, "format") for name in names(row[0])) == sorted([*exporter_names(), "all"])
    assert [name for row in rows(text, "step") for name in names(row[0])] == list(FILTERS)
    listed = re.search(r"The names are ([^.]*)\.", text)
    assert listed is not None
    assert names(listed[1]) == list(ENCODINGS)


def test_variables_are_read() -> None:
    code = "".join(
        path.read_text("utf-8")
        for folder, pattern in (("src", "*.py"), ("ext", "*.pyx"), ("otio_adapters", "*.py"))
        for path in (ROOT / folder).rglob(pattern)
    )
    variables = {name for path in PAGES for name in re.findall(r"\bOTIOGRADE_[A-Z_]+\b", path.read_text("utf-8"))}
    assert {row[0].strip("`") for row in rows(page("cli.md"), "variable")} >= {"OTIOGRADE_FFMPEG", "OTIOGRADE_CACHE"}
    for name in variables:
        assert name in code or re.fullmatch(r"OTIOGRADE_(RESOLVE|PREMIERE|FCP)_LUTS", name), name


# docs/metadata.md


def wished(row: list[str]) -> Any:
    return json.loads(names(row[3])[0])


def test_metadata_lists_the_keys_that_are_read() -> None:
    assert {names(row[0])[0] for row in rows(page("metadata.md"), "key | values")} == {*KEYS, "encoding"}


def test_wishes_of_the_table_are_understood(tmp_path: Path) -> None:
    notes = Notes()
    table = {names(row[0])[0]: wished(row) for row in rows(page("metadata.md"), "key | values")}
    assert encoding(table.pop("encoding"))
    wishes = wishes_of({"otiograde": table}, (), "shot", notes, lambda name: tmp_path / name)
    assert not notes.lines()
    assert (wishes.scene, wishes.hero, wishes.strength) == ("kitchen", True, 0.5)
    assert wishes.look == tmp_path / "looks/warm.cube"
    assert len(wishes.steps) == 2


def test_markers_of_the_table_are_understood() -> None:
    notes = Notes()
    for row in rows(page("metadata.md"), "marker"):
        assert wishes_of({}, names(row[0]), "shot", notes, lambda _: None) != wishes_of({}, (), "", notes, Path)
    assert not notes.lines()


def test_trims_have_their_limits() -> None:
    for text in (rows(page("metadata.md"), "key | values"), rows(page("review.md"), "field")):
        for row in text:
            if (name := names(row[0])[0]) in LIMITS:
                low, high = LIMITS[name]
                assert f"{low:g} to {high:g}" in row[1], row


# docs/python.md


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the examples of docs/python.md have run, one after another."""
    folder = tmp_path_factory.mktemp("python")
    frames = [np.random.default_rng(1).random((64, 96, 3)).astype(np.float32)] * 4
    write_video(folder / "clip.mp4", frames, rate=Fraction(24), encoding=encoding("bt709"), bits=8, crf=20)
    examples = re.findall(r"```python\n(.*?)```", page("python.md"), re.DOTALL)
    assert len(examples) >= 4
    spoken: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for example in examples:
            exec(compile(example.replace('"timeline.otio"', '"clip.mp4"'), "docs/python.md", "exec"), spoken)
    return folder


def test_python_examples_run(ran: Path) -> None:
    assert (ran / "timeline.graded" / "graded.json").is_file()
    assert (ran / "first.cube").is_file()


def test_metadata_lists_the_keys_of_effects(ran: Path) -> None:
    edit = json.loads((ran / "timeline.graded" / "graded.otio").read_text("utf-8"))
    (effect,) = edit["tracks"]["children"][0]["children"][0]["effects"]
    assert effect["OTIO_SCHEMA"] == "Effect.1"
    listed = [names(row[0])[0] for row in rows(page("metadata.md"), "key | value")]
    assert {*effect["metadata"]["otiograde"], "steps", "cdl", "cdl_fit", "keys", "weights", "reference"} == set(listed)


def test_python_lists_every_error() -> None:
    listed = {names(row[0])[0]: names(row[1])[0] for row in rows(page("python.md"), "error")}
    raised = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type)}
    assert listed.keys() == raised.keys()
    for name, also in listed.items():
        assert issubclass(raised[name], getattr(builtins, also))
        assert getattr(otiograde, name) is raised[name]


def test_python_names_functions_that_are_there() -> None:
    for command, function in rows(page("python.md"), "command | function"):
        home, _, name = names(function)[0].rpartition(".")
        assert callable(getattr(import_module(home), name))
        assert names(command)[0].split()[1] in COMMANDS


# docs/words.md, docs/decisions


def test_words_are_sorted_and_used() -> None:
    words = [row[0] for row in rows(page("words.md"), "word")]
    assert words == sorted(words, key=str.casefold)
    others = "\n".join(path.read_text("utf-8") for path in PAGES if path.name != "words.md").casefold()
    unused = [word for word in words if not re.search(rf"\b{word.casefold()}", others)]
    assert not unused
    asked = {"shot", "scene", "hero", "lock", "anchor", "link", "balance", "look", "trim", "grade", "verdict", "step"}
    assert asked | {"finding", "LUT", "record", "wish", "movie", "sample", "encoding"} <= set(words)


def test_words_name_the_bands() -> None:
    table = rows(page("words.md"), "ΔE00")
    assert [row[1] for row in table] == [name for name, _ in BANDS]
    assert [float(row[0].split()[0]) for row in table] == [0.0, *(end for _, end in BANDS[:-1])]


def test_decisions_are_listed() -> None:
    index = page("decisions/README.md")
    pages = [path for path in (DOCS / "decisions").glob("*.md") if path.name != "README.md"]
    for path in pages:
        title, status = path.read_text("utf-8").split("\n", 3)[0:3:2]
        number, name = re.fullmatch(r"# (\d{3}) (.*)", title).groups()  # type: ignore[union-attr]
        assert path.name.startswith(f"{number}-")
        stated = re.fullmatch(r"Status: (.*)\. Date: (\d{4}-\d\d-\d\d)(?:, amended \d{4}-\d\d-\d\d)?\.", status)
        assert stated is not None, path.name
        assert f"| {number} | [{name}]({path.name}) | {stated[1]} | {stated[2]} |" in index
    listed = [number for row in rows(index, "number") for number in row[0].split()]
    assert listed == [f"{number:03}" for number in range(1, len(listed) + 1)]
