"""Kdenlive's project: its bin and tracks as the program wants them, and every frame in its place when melt plays it."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest

from making.clips import FFMPEGS, encode_numbered, read_numbers
from making.media import media
from making.melt import play
from making.records import MIXED, graded
from making.shots import edit
from making.shots import shot as made
from otiograde.color.transform import Identity, Transform
from otiograde.exporters import luts
from otiograde.exporters.editors import kdenlive
from otiograde.folder.writing import write_folder
from otiograde.media.probe import probe
from otiograde.record.edit import Join, Sound
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Media, Shot

R = Fraction(24)


def shot(name: str, of: Media, source: int, record: tuple[int, int], place: int, speed: Fraction | int = 1) -> Shot:
    seen = 1 if speed == 0 else int(abs(speed) * record[1])
    return made(name, of, (source, seen), at=record[0], count=record[1], where=(0, place), speed=Fraction(speed))


def record_of(shots: list[Shot], balance: Transform, **fields: object) -> GradedTimeline:
    return graded(edit(*shots, **fields), balance, lut_size=5)


def properties(element: Element) -> dict[str, str]:
    return {each.get("name", ""): each.text or "" for each in element.findall("property")}


@pytest.fixture
def root() -> Element:
    """Three shots that dissolve, a cut, a freeze, a gap, one backwards that fades to black; sound of its own."""
    a, b = media("a.mov", audio=True), media("b.mov")
    shots = [
        shot("one", a, 100, (0, 20), 0),
        shot("two", b, 100, (20, 20), 2),
        shot("three", a, 300, (40, 20), 4),
        shot("cut", b, 400, (60, 10), 5),
        shot("held", a, 50, (70, 10), 6, speed=0),
        shot("back", b, 500, (90, 10), 7, speed=-2),
    ]
    joins = (
        Join("SMPTE_Dissolve", (0, 1), 20, 3, 5),
        Join("SMPTE_Dissolve", (0, 3), 40, 4, 4),
        Join("SMPTE_Dissolve", (0, 8), 100, 6, 0),
    )
    second = Fraction(1)
    sounds = (
        Sound("s", a.path, 2 * second, second, second, second, (1, 0)),
        Sound("w", Path("/film/w.wav"), second, second, 3 * second, second, (1, 1)),
    )
    text = kdenlive.export(record_of(shots, MIXED, joins=joins, sounds=sounds))["graded.kdenlive"]
    return ElementTree.fromstring(text)


def test_every_file_is_one_clip_of_the_bin(root: Element) -> None:
    bin_ = root.find("playlist[@id='main_bin']")
    assert bin_ is not None
    assert properties(bin_)["kdenlive:docproperties.version"] == kdenlive.VERSION
    assert properties(bin_)["xml_retain"] == "1"
    producers = {each.get("id"): properties(each) for each in root.findall("producer")}
    names = [producers[entry.get("producer")]["kdenlive:clipname"] for entry in bin_.findall("entry")]
    assert names == ["a", "b", "w"]
    for entry in root.iterfind("playlist/entry"):
        known = producers[entry.get("producer")]["kdenlive:id"]
        assert properties(entry).get("kdenlive:id", known) == known
    assert producers["shot:back"]["warp_speed"] == "-2"


def test_what_dissolves_alternates_and_all_else_is_on_the_first_row(root: Element) -> None:
    rows = {name: root.findall(f"playlist[@id='{name}']/entry") for name in ("V1a", "V1b")}
    shown = {name: [(each.get("in"), each.get("out")) for each in found] for name, found in rows.items()}
    backwards = ("249740", "249749")  # of the media turned round and played twice as fast
    assert shown["V1a"] == [("100", "124"), ("296", "319"), ("400", "409"), ("0", "9"), backwards]
    assert shown["V1b"] == [("97", "123")]
    mixes = root.findall("tractor[@id='V1']/transition")
    assert [(each.get("in"), each.get("out"), properties(each)["reverse"]) for each in mixes] == [
        ("17", "25", "0"),
        ("36", "44", "1"),
    ]
    blanks = [each.get("length") for each in root.findall("playlist[@id='V1a']/blank")]
    assert blanks == ["11", "10"]


def test_effects_are_on_the_clips(root: Element) -> None:
    entries = root.findall("playlist[@id='V1a']/entry") + root.findall("playlist[@id='V1b']/entry")
    effects = [[properties(each)["kdenlive_id"] for each in entry.findall("filter")] for entry in entries]
    plain = ["avfilter.lut3d", "lift_gamma_gain"]
    assert effects == [plain, plain, plain, ["freeze", *plain], [*plain, "fade_to_black"], plain]
    fade = entries[4].findall("filter")[-1]
    assert int(fade.get("out", "")) == int(entries[4].get("out", ""))
    assert int(fade.get("out", "")) - int(fade.get("in", "")) == 5


def test_sound_lies_below(root: Element) -> None:
    tracks = [each.get("producer") for each in root.findall("tractor[@id='timeline']/track")]
    assert tracks == ["black_track", "A1", "V1"]
    entries = root.findall("playlist[@id='A1a']/entry")
    assert [(each.get("in"), each.get("out")) for each in entries] == [("48", "71"), ("24", "47")]
    assert [each.get("hide") for each in root.findall("tractor[@id='A1']/track")] == ["video", "video"]


@pytest.mark.ffmpeg
def test_melt_plays_every_frame_in_its_place(tmp_path: Path) -> None:
    if FFMPEGS["system"] is None:
        pytest.skip("NO FFMPEG: the project is not played")
    film = encode_numbered(Path(FFMPEGS["system"]), tmp_path / "a.mp4", 60, "-c:v", "libx264", "-qp", "0", "-g", "12")
    one = probe(film)
    places = {"plain": (10, (0, 4), 1), "double": (20, (4, 4), 2), "back": (30, (10, 4), -1), "held": (40, (14, 4), 0)}
    shots = [shot(name, one, at, when, n, speed) for n, (name, (at, when, speed)) in enumerate(places.items())]
    record = record_of(shots, Identity())
    write_folder(tmp_path / "out", {**kdenlive.export(record), **luts.export(record)})
    options = ("mlt_image_format=rgba", "vcodec=ffv1", "pix_fmt=bgr0", "real_time=-1", "an=1", "out=17")
    target = tmp_path / "film.mkv"
    play(tmp_path / "out/graded.kdenlive", "-consumer", f"avformat:{target}", *options, target=target)
    grab = [FFMPEGS["system"], "-v", "error", "-i", target, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    codes = np.frombuffer(subprocess.run(grab, capture_output=True, check=True).stdout, np.uint8)
    frames = codes.reshape(-1, one.height, one.width, 3).astype(np.float32) / 255
    wanted = [10, 11, 12, 13, 20, 22, 24, 26, 33, 32, 31, 30, 40, 40, 40, 40]
    assert read_numbers(np.concatenate([frames[:8], frames[10:18]])) == wanted
