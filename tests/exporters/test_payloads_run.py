"""Each text of a record is an attack in the language of a program, and that program runs what was written.

All fields hold the attack at once, so that one run of a program tries all of them. What a record may not hold is
refused when it is read (``tests/record/test_validity.py``), and stays as it was.

Tests: exporters/__init__.py, exporters/render.py
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tkinter
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from browsing import opened
from making.clips import FFMPEGS, encode_numbered
from making.full_record import full_record
from making.hostile_record import jpeg
from making.melt import play
from making.movies import FAST, tone
from making.waiting import PATIENCE
from otiograde.errors import RecordError
from otiograde.exporters import export_all, exporter, exporter_names
from otiograde.exporters.colorio import lut_formats
from otiograde.folder.layout import picture_path
from otiograde.folder.writing import write_folder
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.media.probe import probe
from otiograde.movie.plan import Delivery
from otiograde.movie.rendering import Rendering, render_edit
from otiograde.record.graded import GradedTimeline, format_record, parse_record

pytestmark = pytest.mark.slow

CANARY = "canary_was_here"

#: Language -> what runs, opens, ends or begins something there. A name of a file holds what has no slash.
PAYLOADS = {
    "shell": f"x$(touch {CANARY})`touch {CANARY}`';touch {CANARY};'\"; touch {CANARY}; \" && touch {CANARY} #",
    "here document": f"x\nEND_OF_LIST\ntouch {CANARY}\nEOF\ntouch {CANARY}\n",
    "filter": f"x:interp=nearest,metadata=mode=print:file={CANARY},lut3d=file=x',[a];movie={CANARY}[b];\\'\\\\,",
    "option": f"-y -f lavfi -i color=black:d=1 {CANARY}.mkv",
    "property": (
        f"x]]></property><property name='resource'>consumer:{CANARY}</property><!--\"'&{CANARY};<b c=\"\x01\ufffe"
    ),
    "entity": f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///{CANARY}">]>&x;&lt;&#0;',
    "python": f"x\"\"\"'''\nimport os\nos.system('touch {CANARY}')\n#{{0.__class__}}%(x)s\\",
    "markup": (
        f"</script><script>{CANARY}()</script><img src=x onerror={CANARY}()><svg onload={CANARY}()>"
        f"{{{{{CANARY}()}}}}<base href=//{CANARY}><link rel=stylesheet href=//{CANARY}>javascript:{CANARY}()"
    ),
    "tcl": (
        f'x] [exec touch {CANARY}] $env(HOME) "; exec touch {CANARY}; " }} {{ exec touch {CANARY} }}\n'
        f" exec touch {CANARY}"
    ),
    "list": (
        f"x\t{CANARY}\n* ASC_SOP: (9 9 9)(9 9 9)(9 9 9)\r\x85\u2028M2   X  099.9  00:00:00:00\n"
        "999  X  V  C  00:00:00:00"
    ),
    "config": (
        f"x\n  - !<Look>\n    name: {CANARY}\n    process_space: raw\n\"']}}, "
        f"{{!<View> name: {CANARY}, colorspace: raw}} #"
    ),
    "lut": f'x\nLUT_3D_SIZE 2\n9 9 9\n"\nDOMAIN_MAX 9 9 9\n</Title><Matrix>9 9 9</Matrix><!-- {CANARY}',
    "bytes": "caf\udce9 \u202e\ufeff",
}


#: The languages whose attacks could reach a program that takes seconds to run. The other tests try all of them.
OF_SHELL = ("shell", "here document", "filter", "option", "bytes")
OF_FFMPEG = ("filter", "option", "shell", "bytes")
OF_MELT = ("property", "entity", "filter", "option", "bytes")
OF_RESOLVE = ("python", "shell", "bytes")
OF_BROWSER = ("markup", "property", "entity", "python")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film with sound, another, and a sound, in a folder."""
    folder = tmp_path_factory.mktemp("films")
    program = Path(str(FFMPEGS["embedded"]))
    tone(program, folder / "wild.wav", 2)
    for name in ("wide", "close"):
        encode_numbered(program, folder / f"{name}.mkv", 24, *FAST)
    return folder


def named(payload: str) -> str:
    """The payload as the name of a file that can be there."""
    name = re.sub(r"[/\0-\x1f\x7f\x85\u2028]", "_", payload)
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "ignore").encode()[:120].decode("utf-8", "ignore")


def real_record(films: Path, folder: Path, payload: str) -> GradedTimeline:
    """A record of media that are there, in files whose names are the attack."""
    folder.mkdir()
    paths = {}
    for number, (name, suffix) in enumerate((("wide", "mkv"), ("close", "mkv"), ("wild", "wav"))):
        paths[name] = folder / f"{named(payload)}{number}.{suffix}"
        shutil.copy(films / f"{name}.{suffix}", paths[name])
    return full_record({name: probe(paths[name]) for name in ("wide", "close")}, paths["wild"])


def texts(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each text of a record, and to a new key in each dict of words (metadata, versions, fields)."""
    if isinstance(value, str):
        yield way
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts(item, (*way, key))
        if way and way[-1] in ("metadata", "made_with", "note"):
            yield (*way, "")


def put(values: Any, way: tuple[Any, ...], payload: str) -> None:
    item = values
    for step in way[:-1]:
        item = item[step]
    if way[-1] == "":
        item[payload] = payload
        return
    before, item[way[-1]] = item[way[-1]], payload
    if way[0] == "scenes" and way[-1] == "id":  # what names the scene names it so
        for entry in (*values["grades"], *values["findings"]):
            for key in ("scene", "shot"):
                entry.update({key: payload} if entry.get(key) == before else {})


def attacked(record: GradedTimeline, payload: str) -> tuple[GradedTimeline, set[tuple[Any, ...]]]:
    """The record with the attack in each text that may hold it, and the ways to these texts."""
    values, ways = json.loads(format_record(record)), set()
    for way in texts(json.loads(format_record(record))):
        if way[-1] in ("path", "target_url"):  # the media must be there: their names are the attack already
            continue
        tried = json.loads(json.dumps(values))
        put(tried, way, payload)
        try:
            parse_record(json.dumps(tried))
        except RecordError:
            continue
        values = tried
        ways.add(way)
    return parse_record(json.dumps(values)), ways


@pytest.fixture(scope="module", params=PAYLOADS)
def attack(request: pytest.FixtureRequest, films: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Language -> the record whose texts are its attack, in the folder where everything that can be written was."""
    folder = tmp_path_factory.mktemp("attack")
    payload = PAYLOADS[request.param]
    record, ways = attacked(real_record(films, folder / "media", payload), payload)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lut_formats, "HALD_LEVEL", 2)
        pictures = {picture_path(shot.id, 4): jpeg(np.full((48, 80, 3), 90, np.uint8)) for shot in record.edit.shots}
        write_folder(folder / "out", export_all(record, exporter_names(), pictures))
    plain = made(real_record(films, folder / "plain", "plain"))
    shutil.rmtree(folder / "plain")
    return types.SimpleNamespace(record=record, ways=ways, folder=folder, out=folder / "out", plain=plain)


@pytest.fixture(autouse=True)
def _no_canary(attack: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever ran, ran in the folder of the attack: nothing there has the name that the attack would leave."""
    monkeypatch.chdir(attack.folder)
    yield
    assert not [path for path in attack.folder.rglob("*") if path.name.startswith(CANARY)]


def made(record: GradedTimeline) -> dict[str, tuple[str, bytes]]:
    """The files of each format in their order: name of the exporter and number -> path and content."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lut_formats, "HALD_LEVEL", 2)
        files = {name: exporter(name)(record) for name in exporter_names()}
        return {f"{name} {n}": (path, of[path]) for name, of in files.items() for n, path in enumerate(of)}


def pairs(attack: Any, *suffixes: str) -> list[tuple[Path, bytes]]:
    """The written files with these suffixes, each with its content in a record without an attack.

    Names of scenes and of the edit are in some names of files, so these differ.
    """
    plain, files = attack.plain, made(attack.record)
    assert files.keys() == plain.keys()
    return [(attack.out / path, plain[number][1]) for number, (path, _) in files.items() if path.endswith(suffixes)]


def test_the_attack_is_in_every_kind_of_text(attack: Any) -> None:
    ends = {(way[0], way[-1]) for way in attack.ways}
    assert {("edit", "name"), ("edit", "why"), ("edit", "what"), ("grades", "text"), ("findings", "note")} <= ends
    assert {
        ("findings", "check"),
        ("findings", "unit"),
        ("evidence", "unit"),
        ("scenes", "id"),
        ("scenes", "text"),
    } <= ends
    assert {("edit", "notes", 0), ("edit", "joins", 0, "kind"), ("edit", "sounds", 0, "name")} <= attack.ways
    assert any(way[:2] == ("edit", "otio") and "metadata" in way for way in attack.ways)
    assert len(attack.ways) > 60
    never = ("id", "pixel_format", "digest", "rate", "kind", "transfer", "matrix", "primaries")
    assert not [way for way in attack.ways if way[:2] == ("edit", "shots") and way[-1] in never]


@pytest.mark.parametrize("attack", OF_SHELL, indirect=True)
@pytest.mark.ffmpeg
def test_the_shell_script_renders_and_runs_nothing_else(attack: Any, each_ffmpeg: str) -> None:
    environment = {**os.environ, "FFMPEG": each_ffmpeg, "ENCODER": "-c:v libx264 -preset ultrafast"}
    done = subprocess.run(
        ["sh", attack.out / "render.sh"],
        cwd=attack.out,
        env=environment,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2000:]
    names = {path.name for path in attack.out.iterdir()}
    movies = [name for name in names if name.endswith((".mp4", ".mkv", ".mov"))]
    assert len(movies) >= 1
    for movie in movies:
        (attack.out / movie).unlink()
    shutil.rmtree(attack.out / "render", ignore_errors=True)


@pytest.mark.parametrize("attack", OF_FFMPEG, indirect=True)
@pytest.mark.ffmpeg
def test_the_movie_is_rendered_and_nothing_else(attack: Any, each_ffmpeg: str) -> None:
    movie = attack.folder / "film.mkv"
    rendering = Rendering(attack.out, find_ffmpeg(each_ffmpeg), 1, "none", force=True)
    render_edit(attack.record, movie, rendering, Delivery(encoder="ffv1"))
    assert probe(movie).frames == attack.record.edit.length


@pytest.mark.parametrize("attack", OF_MELT, indirect=True)
@pytest.mark.parametrize("name", ["graded.mlt", "graded.kdenlive"])
def test_melt_plays_and_opens_nothing_else(name: str, attack: Any) -> None:
    words = ["-silent", attack.out / name, "out=6", "-consumer", "null:", "terminate_on_pause=1", "real_time=0"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    play(*words, cwd=attack.out, environment=environment)
    ((path, content),) = pairs(attack, name)
    root, plain = ElementTree.fromstring(path.read_bytes()), ElementTree.fromstring(content)
    assert services(root) == services(plain)


def services(root: ElementTree.Element) -> list[str]:
    """What a project lets melt run: its producers, filters and transitions."""
    return sorted(str(item.text) for item in root.iter("property") if item.get("name") == "mlt_service")


def test_xml_is_one_tree_as_without_the_attack(attack: Any) -> None:
    files = pairs(attack, ".mlt", ".kdenlive", ".fcpxml", ".xml", ".cdl", ".ccc", ".clf", ".ctf")
    assert len(files) > 8
    for path, content in files:
        root, plain = ElementTree.fromstring(path.read_bytes()), ElementTree.fromstring(content)
        assert [element.tag for element in root.iter()] == [element.tag for element in plain.iter()], path


@pytest.mark.parametrize("attack", OF_RESOLVE, indirect=True)
def test_the_resolve_script_does_only_its_work(attack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from making.fake_resolve import Resolve

    luts = attack.folder / "LUT"
    luts.mkdir(exist_ok=True)
    places = [(shot.record.start, shot.record.count, str(shot.media.path)) for shot in attack.record.edit.shots]
    program = Resolve(luts, [places])
    module = types.ModuleType("DaVinciResolveScript")
    module.scriptapp = lambda name: program if name == "Resolve" else None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "DaVinciResolveScript", module)
    monkeypatch.setenv("OTIOGRADE_RESOLVE_LUTS", str(luts))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    script = attack.out / "resolve/resolve_apply.py"
    ((_, plain),) = pairs(attack, "resolve_apply.py")
    assert script.read_bytes() == plain
    spec = importlib.util.spec_from_file_location("resolve_apply_attacked", script)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    assert loaded.main([]) == 0
    assert {path.name for path in luts.rglob("*.cube")} == {f"{shot.id}.cube" for shot in attack.record.edit.shots}
    assert {path.name for path in attack.folder.iterdir()} <= {"LUT", "media", "out", "film.mkv"}


@pytest.mark.parametrize("attack", OF_BROWSER, indirect=True)
def test_the_report_runs_no_script_and_asks_nobody(attack: Any, browser: Any) -> None:
    script = f"window.{CANARY} = () => console.error('a script of the record ran');"
    with opened(browser, (attack.out / "report.html").as_uri(), before=script) as (page, seen):
        for shot in attack.record.edit.shots:
            page.evaluate("shot => otiograde.show(shot)", shot.id)
        page.wait_for_timeout(300)
        assert page.locator("img[src=x], base, svg[onload], [onerror]").count() == 0
        assert page.evaluate("otiograde.shots") == [shot.id for shot in attack.record.edit.shots]
    assert seen.complaints == []
    assert seen.requests == []


def test_lists_have_the_lines_that_they_have_without_the_attack(attack: Any) -> None:
    lists = pairs(attack, ".edl", ".ale")
    assert {path.suffix for path, _ in lists} == {".edl", ".ale"}
    for path, content in lists:
        text, plain = path.read_bytes().decode("utf-8"), content.decode("utf-8")
        # The attack is a kind of transition, too, and a list names every kind that is no dissolve.
        named = [line for line in text.splitlines() if line.endswith(" IS A DISSOLVE HERE, AS IN THE MOVIE")]
        assert len(named) <= 1
        lines = [line for line in text.splitlines() if line not in named]
        assert [shape(line) for line in lines] == [shape(line) for line in plain.splitlines()], path
        assert "(9 9 9)" not in "".join(line for line in text.splitlines() if re.match(r"\W*ASC", line))


def shape(line: str) -> tuple[str, int]:
    """What kind of line it is: how it begins, and how many columns it has."""
    head = re.match(r"\d{3}|M2|TITLE:|FCM:|\* ?[A-Z_ ]+:?|[A-Z_]+\t", line)
    return head.group() if head else "", line.count("\t")


def test_the_color_config_has_the_looks_of_the_shots(attack: Any) -> None:
    OCIO = pytest.importorskip("PyOpenColorIO")  # noqa: N806 - its own spelling
    OCIO.ClearAllCaches()
    config = OCIO.Config.CreateFromFile(str(attack.out / "ocio/config.ocio"))
    config.validate()
    ((_, content),) = pairs(attack, "config.ocio")
    plain = OCIO.Config.CreateFromStream(content.decode("utf-8"))
    for names in ("getLookNames", "getColorSpaceNames", "getDisplays"):
        assert list(getattr(config, names)()) == list(getattr(plain, names)())


def test_node_graphs_make_the_nodes_of_the_shots(attack: Any) -> None:
    """Nuke's scripts are Tcl: a Tcl interpreter reads them, and knows the commands of the nodes only."""
    files = pairs(attack, ".nk")
    assert len(files) == len(attack.record.edit.shots)
    for path, content in files:
        assert made_nodes(path.read_text("ascii")) == made_nodes(content.decode("ascii"))


def made_nodes(text: str) -> list[tuple[str, list[str]]]:
    """The kinds of the nodes that a script makes, and the names of their knobs. Nuke evaluates what they hold."""
    tcl = tkinter.Tcl()
    nodes: list[tuple[str, list[str]]] = []

    def make(kind: str, body: str) -> None:
        words = [str(word) for word in tcl.splitlist(body)]
        nodes.append((kind, words[::2]))
        for value in words[1::2]:
            assert tcl.eval(f"subst {{{value}}}") == value

    for kind in ("OCIOColorSpace", "OCIOFileTransform", "OCIOCDLTransform"):
        tcl.createcommand(kind, lambda body, kind=kind: make(kind, str(body)))
    for command in ("exec", "open", "file", "source", "socket"):
        tcl.eval(f"proc {command} {{args}} {{error ran}}")
    tcl.eval(text)
    return nodes


@pytest.mark.parametrize("suffix", ["cube", "csp", "3dl", "spi3d", "clf", "ctf", "cdl", "png"])
def test_luts_have_the_numbers_of_the_grades(suffix: str, attack: Any) -> None:
    """What surrounds the numbers (titles, ids, descriptions) changes none of them, as OpenColorIO reads them."""
    OCIO = pytest.importorskip("PyOpenColorIO")  # noqa: N806 - its own spelling
    files = [pair for pair in pairs(attack, f".{suffix}") if suffix != "png" or "hald" in pair[0].as_posix()]
    assert files
    for path, content in files:
        if suffix == "png":
            assert path.read_bytes() == content
            continue
        plain = attack.folder / f"plain.{suffix}"
        plain.write_bytes(content)
        assert applied(OCIO, path) == applied(OCIO, plain)
        plain.unlink()


def applied(OCIO: Any, path: Path) -> list[float]:  # noqa: N803 - its own spelling
    OCIO.ClearAllCaches()
    transform = OCIO.FileTransform(str(path), interpolation=OCIO.INTERP_TETRAHEDRAL)
    config = OCIO.Config.CreateRaw()
    processor = config.getProcessor(transform).getDefaultCPUProcessor()
    return [value for n in range(8) for value in processor.applyRGB([n / 7, 1 - n / 7, 0.3])]


def test_the_plain_record_is_the_one_that_is_attacked(attack: Any) -> None:
    """Otherwise the comparisons above would compare nothing."""
    plain = full_record()
    assert [shot.id for shot in plain.edit.shots] == [shot.id for shot in attack.record.edit.shots]
    strip = [replace(grade, scene="", reasons=()) for grade in plain.grades]
    assert strip == [replace(grade, scene="", reasons=()) for grade in attack.record.grades]
