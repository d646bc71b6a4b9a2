"""Files beside the media, and columns of the edit, that name an encoding.

Tests: timeline/sidecars.py, timeline/stated.py, timeline/metadata.py
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from making.media import Inventor
from otiograde.color.encodings import encoding
from otiograde.errors import MediaError
from otiograde.record.shot import Media
from otiograde.timeline import Reading, edit_of_clips
from otiograde.timeline.stated import Statement, stated_by_clip, statement

SONY = """<?xml version="1.0" encoding="UTF-8"?>
<NonRealTimeMeta xmlns="urn:schemas-professionalDisc:nonRealTimeMeta:ver.2.20" lastUpdate="2026-11-30T10:00:00Z">
 <Duration value="100"/><Device manufacturer="Sony" modelName="ILME-FX3"/>
 <AcquisitionRecord><Group name="CameraUnitMetadataSet">
  <Item name="CaptureGammaEquation" value="{}"/><Item name="CaptureColorPrimaries" value="{}"/>
  <Item name="CodingEquations" value="rec709"/>
 </Group></AcquisitionRecord>
</NonRealTimeMeta>"""

ALE = (
    "Heading\nFIELD_DELIM\tTABS\nFPS\t24\n\nColumn\nName\tSource File\tExposure_index\tGamma\tLook_name\n\nData\n"
    "A001C001_240426_R1AA\tA001C001_240426_R1AA.mov\t{}\t{}\tARRI 709.AML\n"
)


class Tagged(Inventor):
    """Invents media whose tags say this, until an encoding is asked for."""

    def __init__(self, tags: str = "bt709", origin: Any = "container tags") -> None:
        super().__init__()
        self.tags, self.by = tags, origin

    def __call__(self, path: Path, *, first: int | None = None, rate: Any = None, encoding: Any = None) -> Media:
        made = super().__call__(path, first=first, rate=rate, encoding=encoding)
        return made if encoding else replace(made, encoding=named(self.tags), origin=self.by)


named = encoding


def read(folder: Path, sidecars: dict[str, str | bytes], file: str = "C0001.MP4", **asked: Any) -> tuple[Media, str]:
    """Read one clip beside these files, and return its media and the notes of the edit."""
    (folder / file).touch()
    for name, text in sidecars.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    probe = asked.pop("probe", None) or Tagged()
    edit = edit_of_clips([folder / file], Reading(**asked), probe)
    return edit.shots[0].media, "; ".join(edit.notes)


class TestSony:
    @pytest.mark.parametrize(
        ("gamma", "gamut", "meant"),
        [
            ("s-log3-cine", "s-gamut3-cine", "slog3-cine"),
            ("s-log3", "s-gamut3-cine", "slog3-cine"),
            ("s-log3", "s-gamut3", "slog3"),
            ("s-log2", "s-gamut", "slog2"),
            ("rec2100-hlg", "rec2020", "hlg"),
        ],
    )
    def test_gamma_and_gamut(self, tmp_path: Path, gamma: str, gamut: str, meant: str) -> None:
        media, notes = read(tmp_path, {"C0001M01.XML": SONY.format(gamma, gamut)}, probe=Tagged(origin="assumption"))
        assert (media.encoding.primaries, media.encoding.transfer) == (named(meant).primaries, named(meant).transfer)
        assert (media.origin, media.contradiction, notes) == ("sidecar", "", "")

    def test_log_that_is_tagged_as_video_is_usual(self, tmp_path: Path) -> None:
        media, _ = read(tmp_path, {"C0001M01.XML": SONY.format("s-log3-cine", "s-gamut3-cine")})
        assert (media.encoding.name, media.origin, media.contradiction) == ("slog3-cine", "sidecar", "")

    def test_other_tags_are_contradicted(self, tmp_path: Path) -> None:
        sidecar = {"C0001M01.XML": SONY.format("s-log3-cine", "s-gamut3-cine")}
        media, _ = read(tmp_path, sidecar, probe=Tagged("hlg"))
        assert (media.encoding.name, media.origin) == ("slog3-cine", "sidecar")
        assert media.contradiction == "C0001M01.XML says slog3-cine, its tags say hlg: the sidecar is believed"

    @pytest.mark.parametrize(("gamma", "gamut"), [("s-log9", "s-gamut3"), ("s-log3", "moon"), ("s-log3", "")])
    def test_what_is_not_known_is_noted_and_ignored(self, tmp_path: Path, gamma: str, gamut: str) -> None:
        media, notes = read(tmp_path, {"C0001M01.XML": SONY.format(gamma, gamut)})
        assert (media.encoding.name, media.origin) == ("bt709", "container tags")
        assert f"C0001M01.XML says {gamma}" in notes
        assert "--encoding" in notes

    def test_a_look_of_the_camera_is_no_log(self, tmp_path: Path) -> None:
        media, notes = read(tmp_path, {"C0001M01.XML": SONY.format("s-cinetone", "rec709")})
        assert (media.encoding.name, media.origin, notes) == ("bt709", "container tags", "")

    def test_xml_of_another_clip_says_nothing(self, tmp_path: Path) -> None:
        media, _ = read(tmp_path, {"C00011M01.XML": SONY.format("s-log3", "s-gamut3")})
        assert media.encoding.name == "bt709"


class TestTables:
    CLIP = "A001C001_240426_R1AA.mov"

    def test_arris_log(self, tmp_path: Path) -> None:
        media, _ = read(tmp_path, {"A001R1AA.ale": ALE.format(800, "LOG-C")}, self.CLIP)
        assert (media.encoding.name, media.origin) == ("logc3", "sidecar")

    def test_another_exposure_index_is_not_guessed(self, tmp_path: Path) -> None:
        media, notes = read(tmp_path, {"A001R1AA.ale": ALE.format(1600, "LOG-C")}, self.CLIP)
        assert media.encoding.name == "bt709"
        assert "at EI 1600, and only EI 800 is known" in notes

    @pytest.mark.parametrize("encoded", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_resolves_metadata(self, tmp_path: Path, encoded: str) -> None:
        table = f'"File Name","Input Color Space","Clip Näme"\n"{self.CLIP}","S-Gamut3.Cine/S-Log3","é"\n'
        media, _ = read(tmp_path, {"metadata.csv": table.encode(encoded)}, self.CLIP)
        assert media.encoding.name == "slog3-cine"

    def test_columns_between_semicolons(self, tmp_path: Path) -> None:
        table = f"Camera Clip Name;Exposure Index ASA;Target Color Space\n{self.CLIP[:-4]};800;LogC4\n"
        assert read(tmp_path, {"meta.csv": table}, self.CLIP)[0].encoding.name == "logc4"

    def test_two_that_contradict_are_not_believed(self, tmp_path: Path) -> None:
        files = {"a.ale": ALE.format(800, "LOG-C"), "b.csv": f"File Name,Gamma\n{self.CLIP},V-Log\n"}
        media, _ = read(tmp_path, files, self.CLIP)
        assert (media.encoding.name, media.origin) == ("bt709", "container tags")
        assert media.contradiction == "a.ale says logc3 and b.csv says vlog: neither is believed"

    def test_two_that_agree_are_one(self, tmp_path: Path) -> None:
        files = {"a.ale": ALE.format(800, "LOG-C"), "b.csv": f"File Name,Gamma\n{self.CLIP},LogC3\n"}
        media, _ = read(tmp_path, files, self.CLIP)
        assert (media.encoding.name, media.contradiction) == ("logc3", "")


class TestPrecedence:
    def test_the_command_line_wins(self, tmp_path: Path) -> None:
        sidecar = {"C0001M01.XML": SONY.format("s-log3", "s-gamut3")}
        media, _ = read(tmp_path, sidecar, encoding=named("vlog"))
        assert (media.encoding.name, media.origin) == ("vlog", "command line")

    def test_a_file_whose_tags_are_refused_is_read_as_its_sidecar_says(self, tmp_path: Path) -> None:
        class Refusing(Inventor):
            def __call__(self, path: Path, *, encoding: Any = None, **how: Any) -> Media:
                if encoding is None:
                    raise MediaError(f"{path}: its transfer tag says log, which is not read here")
                return super().__call__(path, encoding=encoding, **how)

        media, _ = read(tmp_path, {"C0001M01.XML": SONY.format("s-log3", "s-gamut3")}, probe=Refusing())
        assert (media.encoding.name, media.origin) == ("slog3", "sidecar")

    def test_the_same_family_keeps_the_tags(self, tmp_path: Path) -> None:
        sidecar = {"C0001M01.XML": SONY.format("rec709", "rec709")}
        media, _ = read(tmp_path, sidecar, probe=Tagged("bt601-625"))
        assert (media.encoding.name, media.origin) == ("bt601-625", "container tags")


class TestStrangers:
    @pytest.mark.parametrize(
        "text",
        [
            b"",
            b"\x00\xff\xfe" * 50,
            b"<NonRealTimeMeta>",
            b"<a>" * 100_000,
            b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a><Gamma>&e;</Gamma></a>',
            b'<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;">]><a><Gamma>&c;</Gamma></a>',
            b"<a><Gamma>" + b"s-log3" * 10_000 + b"</Gamma></a>",
        ],
    )
    def test_damaged_and_hostile_files_are_ignored(self, tmp_path: Path, text: bytes) -> None:
        files: dict[str, str | bytes] = {"C0001.xml": text, "C0001M01.XML": text, "a.ale": text, "b.csv": text}
        media, _ = read(tmp_path, files)
        assert (media.encoding.name, media.origin) == ("bt709", "container tags")

    def test_a_large_file_is_not_read(self, tmp_path: Path) -> None:
        media, notes = read(tmp_path, {"C0001.xml": b" " * (5 << 20)})
        assert media.encoding.name == "bt709"
        assert "5 MiB" in notes

    def test_a_folder_of_that_name(self, tmp_path: Path) -> None:
        (tmp_path / "C0001M01.XML").mkdir()
        media, notes = read(tmp_path, {})
        assert media.encoding.name == "bt709"
        assert "it is no file" in notes


class TestColumns:
    @pytest.mark.parametrize(
        ("metadata", "meant"),
        [
            ({"ALE": {"Gamma": "LOG-C", "Exposure_index": "800"}}, "logc3"),
            ({"Resolve_OTIO": {"Input Color Space": "S-Gamut3.Cine/S-Log3"}}, "slog3-cine"),
            ({"Resolve_OTIO": {"Input Color Space": "Canon Cinema Gamut/Canon Log 3"}}, "clog3"),
            ({"Resolve_OTIO": {"Input Color Space": "ARRI LogC3"}}, "logc3"),
            ({"AAF": {"UserComments": {"Color Space": "V-Log"}}}, "vlog"),
            ({"fcpxml": {"colorSpaceOverride": "9-18-9 (Rec. 2020 HLG)"}}, "hlg"),
            ({"fcpxml": {"colorSpaceOverride": "9-1-9 (Rec. 2020)"}}, None),
            ({"ALE": {"Gamma": "2.4"}}, None),
            ({"Effect": {"gamma": 1.2}}, None),
            ({}, None),
        ],
    )
    def test_of_any_program(self, metadata: dict[str, Any], meant: str | None) -> None:
        column = stated_by_clip({"metadata": metadata})
        assert (column.encoding.name if column and column.encoding else None) == meant

    def test_those_of_the_media_come_after_those_of_the_clip(self) -> None:
        reference = {"metadata": {"ALE": {"Gamma": "V-Log"}}}
        clip = {"metadata": {}, "media_references": {"m": reference}, "active_media_reference_key": "m"}
        column = stated_by_clip(clip)
        assert column is not None
        assert column.words == "the edit says vlog"

    def test_a_word_that_is_no_name_is_said(self) -> None:
        assert statement({"gamma": "Log"}, "the edit") == Statement(None, "the edit says Log, which is not known")
        assert statement({"gamma": "S-Log3"}, "the edit") is not None
        assert statement({"gamma": "x" * 5000}, "the edit") is None


def test_a_sidecar_in_a_folder_of_clips_is_not_called_passed_over(tmp_path: Path) -> None:
    for name in ("C0001.MP4", "c0001m01.xml", "C0001.XML", "log.ale", "other.xml", "C0002M01.XML", "notes.txt"):
        (tmp_path / name).touch()
    notes = edit_of_clips([tmp_path], Reading(), Tagged()).notes
    passed = [note for note in notes if "passed over" in note]
    assert passed == ["not a video or image file by its suffix, passed over: C0002M01.XML, notes.txt, other.xml"]
