"""A stranger's media opens only itself, in PyAV and in every FFmpeg."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import pytest

from making.clips import encode_numbered, ffmpeg_run
from making.waiting import PATIENCE
from otiograde.errors import MediaError
from otiograde.media import container
from otiograde.media.containers import CONTAINERS, check_playlist, guard, playlist_kind
from otiograde.media.frames import read_frames
from otiograde.media.probe import probe

HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2.3,\nsecret.ts\n"
CONCAT = "ffconcat version 1.0\nfile secret.ts\n"
DASH = '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff"/>'
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"
IMF = '<?xml version="1.0"?>\n<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"/>'
VOBSUB = "# VobSub index file, v7\nid: en, index: 0\n"
LISTS = {"hls": HLS, "live": HLS + "\n", "concat": CONCAT, "dash": DASH, "sdp": SDP, "imf": IMF, "vobsub": VOBSUB}
NAMES = ("a.m3u8", "a.mp4", "a.mkv", "a.ts", "a.png", "a.ffconcat", "a.mpd", "a.sdp", "a.idx")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", LISTS)
def test_no_list_of_other_files_is_media(kind: str, name: str, tmp_path: Path, ffmpeg: Path) -> None:
    encode_numbered(ffmpeg, tmp_path / "secret.ts", 8)
    for text in (LISTS[kind], "\ufeff" + LISTS[kind]):
        (tmp_path / name).write_text(text)
        with pytest.raises(MediaError, match="which reads other files: name the media itself") as caught:
            probe(tmp_path / name)
        assert caught.value.refers
        assert str(caught.value).startswith(str(tmp_path / name))


@pytest.mark.parametrize("name", ["a.m3u8", "a.ffconcat", "a.mp4"])
@pytest.mark.parametrize("text", [HLS + "#EXT-X-ENDLIST\n", CONCAT])
def test_the_list_of_containers_alone_refuses_them(
    text: str, name: str, tmp_path: Path, ffmpeg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that FFmpeg takes for a playlist opens, whatever its first bytes are."""
    encode_numbered(ffmpeg, tmp_path / "secret.ts", 8)
    (tmp_path / name).write_text(text)
    monkeypatch.setattr(container, "check_playlist", lambda _: None)
    with pytest.raises(MediaError):
        probe(tmp_path / name)


def test_what_reads_other_files_is_not_listed() -> None:
    listed = CONTAINERS.split(",")
    assert len(set(listed)) == len(listed)
    others = {"hls", "concat", "dash", "sdp", "rtsp", "rtp", "imf", "vobsub", "lavfi", "image2pipe", "mlv", "svg_pipe"}
    devices = {"alsa", "fbdev", "v4l2", "x11grab", "kmsgrab", "jack", "pulse", "webm_dash_manifest", "avisynth"}
    assert not (others | devices) & set(listed)
    for name in ("a.mov", "a.png", "a.wav"):
        short = guard(name)[-1].split(",")
        assert len(set(short)) == len(short)
        assert set(short) < set(listed)
    assert guard("a.cine")[-1] == CONTAINERS


@pytest.mark.parametrize("text", [HLS + "#EXT-X-ENDLIST\n", CONCAT, DASH, SDP])
@pytest.mark.parametrize("name", ["a.mp4", "a.m3u8", "a.ts", "a.png"])
def test_no_ffmpeg_opens_a_playlist_behind_the_guard(text: str, name: str, tmp_path: Path, each_ffmpeg: str) -> None:
    encode_numbered(Path(each_ffmpeg), tmp_path / "secret.ts", 8)
    (tmp_path / name).write_text(text)
    command = [each_ffmpeg, "-v", "error", *guard(name), "-i", tmp_path / name, "-f", "framemd5", "-"]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode != 0
    assert b"0," not in done.stdout


def same_with_a_guard(program: str, path: Path, name: str) -> None:
    """FFmpeg reads a file of this content and name as it does without a guard."""
    path = path.rename(path.with_name(name))
    plain, guarded = (
        ffmpeg_run(Path(program), *before, "-i", path, "-f", "framemd5", "-") for before in ((), guard(name))
    )
    assert plain == guarded


VIDEOS = ("a.mp4", "a.mov", "a.mkv", "a.avi", "a.ts", "a.mxf", "a.nut", "a.mpg", "a.gif", "a.flv", "a.m2v", "a.dv")
STILLS = ("a.png", "a.jpg", "a.tif", "a.bmp", "a.webp", "a.dpx", "a.exr", "a.tga", "a.jp2")
SOUNDS = ("a.wav", "a.aiff", "a.flac", "a.mp3", "a.m4a", "a.aac", "a.ac3", "a.ogg", "a.mka", "a.w64", "a.caf")


@pytest.mark.parametrize("name", VIDEOS)
def test_every_ffmpeg_opens_media_behind_the_guard(name: str, tmp_path: Path, each_ffmpeg: str) -> None:
    words = {".gif": ("-pix_fmt", "rgb8"), ".dv": ("-s", "720x576", "-pix_fmt", "yuv420p")}.get(name[1:], ())
    path = encode_numbered(Path(each_ffmpeg), tmp_path / name, 8, *words, rate="25")
    same_with_a_guard(each_ffmpeg, path, name)
    assert probe(path).frames == 8


@pytest.mark.parametrize("name", [*STILLS, *SOUNDS])
def test_and_stills_and_sounds(name: str, tmp_path: Path, each_ffmpeg: str) -> None:
    path = tmp_path / name
    source = "testsrc=s=64x64" if name in STILLS else "sine=d=0.5"
    words = ("-frames:v", "1") if name in STILLS else ()
    try:
        ffmpeg_run(Path(each_ffmpeg), "-f", "lavfi", "-i", source, *words, path)
    except subprocess.CalledProcessError:
        pytest.skip("this FFmpeg does not write it")
    same_with_a_guard(each_ffmpeg, path, name)


@pytest.mark.parametrize(
    ("name", "other"), [("a.ts", "b.mp4"), ("a.mkv", "b.mov"), ("a.png", "b.jpg"), ("a.mp3", "b.wav")]
)
def test_and_those_of_the_wrong_suffix(name: str, other: str, tmp_path: Path, each_ffmpeg: str) -> None:
    source = "sine=d=0.5" if name == "a.mp3" else "testsrc=s=64x64:d=1"
    words = ("-frames:v", "1") if name == "a.png" else ()
    ffmpeg_run(Path(each_ffmpeg), "-f", "lavfi", "-i", source, *words, tmp_path / name)
    same_with_a_guard(each_ffmpeg, tmp_path / name, other)


@pytest.mark.parametrize("name", ["a%d.tga", "a*.tga", "a?.tga"])
def test_no_name_is_a_pattern(name: str, tmp_path: Path, ffmpeg: Path) -> None:
    """``a%d.tga`` would read a1.tga."""
    encode_numbered(ffmpeg, tmp_path / "a1.tga", 1)
    (tmp_path / name).write_bytes((tmp_path / "a1.tga").read_bytes())
    with pytest.raises(MediaError, match="pattern of names"):
        probe(tmp_path / name)
    assert probe(tmp_path / "a1.tga").frames == 1


def test_media_and_playlists_begin_differently(tmp_path: Path) -> None:
    assert not any(playlist_kind(head) for head in (b"", b"RIFF\0\0<MPD ", b"\x47@\0\x10", b"#EXT", b"P6 4 4 255\n"))
    (tmp_path / "late").write_bytes(b"\0" + HLS.encode())
    check_playlist(tmp_path / "late")


def test_a_file_that_does_not_open_in_time_ends(tmp_path: Path, ffmpeg: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = encode_numbered(ffmpeg, tmp_path / "a.ts", 8)
    monkeypatch.setattr(container, "OPEN_SECONDS", 1e-9)
    with pytest.raises(MediaError, match="gave nothing for"):
        probe(path)


def test_a_file_that_is_not_read_in_time_is_not_taken_for_its_end(
    tmp_path: Path, ffmpeg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of 12 MB is not in memory once it is open."""
    path = tmp_path / "a.avi"
    noise = ("-f", "lavfi", "-i", "nullsrc=s=320x240:r=24,geq=random(1)*255:128:128", "-frames:v", "100")
    ffmpeg_run(ffmpeg, *noise, "-c:v", "rawvideo", "-pix_fmt", "yuv420p", path)
    media = probe(path)
    assert read_frames(media, [90], 64).shape[0] == 1
    monkeypatch.setattr(container, "READ_SECONDS", 1e-9)
    with pytest.raises(MediaError, match="gave nothing for"):
        read_frames(media, [90], 64)


@pytest.mark.parametrize(("width", "height", "size"), [(30000, 30000, 4), (9000, 9000, 81_000_000 // 65)])
def test_a_frame_that_its_file_cannot_fill_is_refused(width: int, height: int, size: int, tmp_path: Path) -> None:
    class Stream:
        pass

    stream = Stream()
    stream.width, stream.height = width, height  # type: ignore[attr-defined]
    (tmp_path / "a.png").write_bytes(b"\0" * size)
    with pytest.raises(MediaError, match="need too much memory"):
        container._check_pixels(tmp_path / "a.png", stream)  # type: ignore[arg-type]


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = Path(str(tmp_path), "caf\udce9.mp4")
    try:
        path.write_bytes(b"\0")
    except (OSError, UnicodeEncodeError):
        pytest.skip("this file system holds only text")
    with pytest.raises(MediaError, match=r"is not UTF-8.*rename it") as caught:
        probe(path)
    assert str(caught.value).isascii()


def test_options_are_taken_by_pyav() -> None:
    """The whitelists are options of FFmpeg's containers; a misspelled one would be ignored."""
    with pytest.raises(av.error.ArgumentError):
        av.open(str(Path(__file__)), options={**container._OPTIONS, "format_whitelist": "no"}, format="mov")
