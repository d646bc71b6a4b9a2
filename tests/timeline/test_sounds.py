"""Sounds of an edit: which seconds of which file are heard, when, how long, and how fast."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from making.media import Inventor, no_media
from making.otio import Item, clip, external, gap, lasting, read, speed, timeline, track


def sound_track(*children: Item) -> Item:
    """The timeline of one clip of pictures above a track of sound."""
    return timeline(track(clip("a", lasting(0, 48))), track(*children, kind="Audio"))


def test_seconds_of_the_file_and_of_the_edit(tmp_path: Path) -> None:
    edit = read(tmp_path, sound_track(gap(12), clip("s", lasting(6, 24)), clip("t", lasting(48, 12))))
    heard = [(sound.name, sound.start, sound.length, sound.at, sound.lasts) for sound in edit.sounds]
    assert heard == [
        ("s", Fraction(1, 4), 1, Fraction(1, 2), 1),
        ("t", 2, Fraction(1, 2), Fraction(3, 2), Fraction(1, 2)),
    ]
    assert {sound.path for sound in edit.sounds} == {tmp_path / "a.mp4"}
    assert [sound.where for sound in edit.sounds] == [(1, 1), (1, 2)]
    assert [shot.name for shot in edit.shots] == ["a"]


def test_speed_and_time_code(tmp_path: Path) -> None:
    fast = clip("s", lasting(24, 24), effects=[speed(2)])
    (sound,) = read(tmp_path, sound_track(fast)).sounds
    assert (sound.start, sound.length, sound.lasts, sound.speed) == (1, 2, 1, 2)
    coded = clip("s", lasting(86412, 24), external("a.mp4", lasting(86400, 100)))
    (sound,) = read(tmp_path, sound_track(coded), Inventor(timecode=86400)).sounds
    assert sound.start == Fraction(1, 2)


def test_a_file_without_pictures_begins_where_the_edit_says(tmp_path: Path) -> None:
    song = clip("s", lasting(124, 24), external("song.wav", lasting(100, 240)))
    edit = read(tmp_path, sound_track(song), no_media, files="song.wav")
    (sound,) = edit.sounds
    assert (sound.path, sound.start) == (tmp_path / "song.wav", 1)


def test_a_sound_that_is_not_there_is_silent_and_noted(tmp_path: Path) -> None:
    edit = read(tmp_path, sound_track(clip("gone", lasting(0, 24), external("gone.wav"))))
    assert edit.sounds == ()
    assert any("sound without a file is silent" in note and "gone" in note for note in edit.notes)
