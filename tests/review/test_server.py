"""A review over HTTP: what it answers, what it refuses, and what it leaves on disk.

Tests: review/folder.py, review/views.py, review/work.py
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from reviewing import TOKEN, Client

from making.records import WARM
from making.small_record import small_folder, small_record
from making.waiting import PATIENCE
from otiograde.color.cube import format_cube
from otiograde.color.lut import Lut3D
from otiograde.color.transform import Identity
from otiograde.color.trim import Trim
from otiograde.errors import ExportError, OtiogradeError
from otiograde.exporters import exporter
from otiograde.folder.reading import changed_files, read_cube, read_record
from otiograde.folder.writing import add_files
from otiograde.means.cache import NO_CACHE
from otiograde.record.course import Course, Key
from otiograde.record.settings import Settings
from otiograde.review.desk import Desk
from otiograde.review.server import listen
from otiograde.review.views import ShotView
from otiograde.timeline.reading import Notes
from otiograde.timeline.wishes import wishes_of

JSON = {"Content-Type": "application/json"}


def shot_of(state: Any, name: str) -> Any:
    return next(shot for shot in state["shots"] if shot["id"] == name)


def scene_of(state: Any, name: str) -> Any:
    return next(scene for scene in state["scenes"] if scene["id"] == name)


def lattice(answer: Any) -> Any:
    flat = np.frombuffer(base64.b64decode(answer["lattice"]), "<u2")
    return flat.reshape(answer["size"], answer["size"], answer["size"], 3) / 65535


def test_the_state(client: Client) -> None:
    state = client.get("state")
    assert state["status"] == 200
    assert [scene["shots"] for scene in state["scenes"]] == [["wide", "close"], ["walk", "door"]]
    assert (state["dirty"], state["undo"], state["redo"], state["looks"]) == (False, None, None, [])
    door = shot_of(state, "door")
    assert (door["share"], door["strength"], door["wished"], door["missing"]) == (0.5, 1, None, "/nowhere/door.mov")
    assert door["trim"] == {"exposure": 0.0, "temperature": 0.0, "tint": 0.0, "saturation": 1.0}
    assert "warmer" in shot_of(state, "wide")["description"]
    assert client.get("pulse") == {"status": 200, "revision": 0, "job": None, "outcome": None, "outside": False}


def test_a_change_its_undo_and_its_redo(client: Client) -> None:
    state = client.change("move", shots=["close"], scene="street")
    assert (state["revision"], state["dirty"], state["undo"]) == (1, True, "move close to street")
    assert scene_of(state, "street")["shots"] == ["close", "walk", "door"]
    assert not scene_of(state, "street")["solved"]
    state = client.post("undo", revision=1)
    assert (state["revision"], state["dirty"], state["redo"]) == (2, False, "move close to street")
    assert [scene["shots"] for scene in state["scenes"]] == [["wide", "close"], ["walk", "door"]]
    state = client.post("redo", revision=2)
    assert scene_of(state, "kitchen")["shots"] == ["wide"]
    assert client.post("redo", revision=3)["error"] == "there is nothing to redo"


def test_two_windows(client: Client) -> None:
    """The second one still shows revision 0: it gets an error, and nothing is lost."""
    assert client.change("lock", shots=["wide"], lock=True)["status"] == 200
    late = client.post("change", revision=0, change={"kind": "lock", "shots": ["door"], "lock": True})
    assert (late["status"], "another window" in late["error"]) == (409, True)
    state = client.get("state")
    assert [shot["id"] for shot in state["shots"] if shot["lock"]] == ["wide"]


def test_preview_is_what_the_lut_will_be(client: Client) -> None:
    trim = {"exposure": 0.5, "temperature": 20, "tint": -4, "saturation": 0.8}
    preview = client.post("preview", shot="wide", strength=0.3, trim=trim)
    client.change("strength", shots=["wide"], strength=0.3)
    state = client.change("trim", shots=["wide"], trim=trim)
    assert preview["digest"] == shot_of(state, "wide")["lut"] == client.get("lut/wide")["digest"]
    assert preview["lattice"] == client.get("lut/wide")["lattice"]
    made = Lut3D.bake(client.desk.draft.record.grade("wide").transform, 17)
    np.testing.assert_allclose(lattice(preview), made.lattice, atol=1 / 65535)
    assert client.post("preview", shot="nobody")["status"] == client.get("lut/nobody")["status"] == 400
    assert client.post("preview", shot="wide", strength=2)["status"] == 400
    assert client.post("preview", shot="wide", trim={"tint": 1000})["status"] == 400


#: Numbers that JSON, or Python's JSON, can hold.
NUMBERS = ("1" + "0" * 400, "-1" + "0" * 400, "9" * 5000, "1e999", "-1e999", "NaN", "Infinity", "-Infinity", "true")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_beyond_all_is_one_line(client: Client, number: str) -> None:
    change = '{"revision": 0, "change": {"kind": "%s", "shots": ["wide"], %s}}'
    trims = [f'{{"{field}": {number}}}' for field in ("exposure", "temperature", "tint", "saturation")]
    bodies = [
        ("preview", f'{{"shot": "wide", "strength": {number}}}'),
        ("change", change % ("strength", f'"strength": {number}')),
        ("change", f'{{"revision": {number}, "change": {{"kind": "lock", "shots": ["wide"], "lock": true}}}}'),
        ("solve", f'{{"revision": {number}, "scene": "kitchen"}}'),
        *(("preview", f'{{"shot": "wide", "trim": {trim}}}') for trim in trims),
        *(("change", change % ("trim", f'"trim": {trim}')) for trim in trims),
    ]
    for action, body in bodies:
        answer = client.post_as(action, body.encode())
        assert answer["status"] == 400, (action, body[:80])
        assert len(answer["error"].splitlines()) == 1
        assert len(answer["error"]) < 400
    assert client.get("state")["revision"] == 0


def test_saving_writes_wishes_luts_and_record(client: Client, folder: Path) -> None:
    before = read_cube(folder / "luts/wide.cube")
    client.change("strength", shots=["wide"], strength=0.5)
    client.change("trim", shots=["door"], trim={"temperature": 12})
    client.change("verdict", shots=["walk"], verdict="rejected")
    client.change("hero", scene="kitchen", shot="close")
    saving = client.post("save", revision=4, solve=False)
    assert saving["status"] == 202
    outcome = client.wait()
    assert (outcome["failed"], outcome["message"]) == (False, f"Saved to {folder.resolve()}")
    assert not client.get("state")["dirty"]
    record = read_record(folder)
    assert changed_files(folder, record) == {}
    assert record.grade("wide").strength == 0.5
    after = read_cube(folder / "luts/wide.cube")
    identity = Lut3D.identity(5).lattice
    np.testing.assert_allclose(after.lattice, (before.lattice + identity) / 2, atol=2e-6)
    np.testing.assert_allclose(read_cube(folder / "luts/walk.cube").lattice, identity, atol=1e-6)
    edit = json.loads((folder / "graded.otio").read_bytes())
    clips = {clip["name"]: clip["metadata"] for clip in edit["tracks"]["children"][0]["children"]}
    assert clips["wide"]["otiograde"] == {"strength": 0.5}
    assert clips["door"]["otiograde"] == {"temperature": 12}
    assert clips["walk"]["otiograde"] == {"verdict": "rejected"}
    assert clips["close"]["otiograde"] == {"hero": True}
    for shot in record.edit.shots:
        assert wishes_of(clips[shot.id], [], shot.id, Notes(), folder.joinpath) == shot.wishes


@pytest.mark.slow
def test_what_is_saved_is_reviewed_again(client: Client, folder: Path, open_review: Callable[..., Client]) -> None:
    client.change("move", shots=["close"], scene="<b>new</b>")
    client.change("trim", shots=["close"], trim={"exposure": -1})
    saved = client.get("state")
    client.post("save", revision=2, solve=False)
    assert not client.wait()["failed"]
    again = open_review(folder).get("state")
    assert [scene["shots"] for scene in again["scenes"]] == [scene["shots"] for scene in saved["scenes"]]
    assert [shot["lut"] for shot in again["shots"]] == [shot["lut"] for shot in saved["shots"]]
    assert shot_of(again, "close")["trim"]["exposure"] == -1
    assert client.get("pulse")["outcome"] is not None
    state = client.post("undo", revision=client.revision)
    assert state["dirty"]
    assert client.get("pulse")["outcome"] is None
    client.post("save", revision=client.revision, solve=False)
    assert not client.wait()["failed"]
    assert shot_of(open_review(folder).get("state"), "close")["trim"]["exposure"] == 0


@pytest.mark.slow
def test_other_formats_are_written_again(client: Client, folder: Path) -> None:
    files = exporter("clf")(read_record(folder))
    add_files(folder, files)
    (folder / "mine.txt").write_text("mine")
    name = next(name for name in files if "wide" in name)
    client.change("strength", shots=["wide"], strength=0.1)
    client.post("save", revision=1, solve=False)
    assert not client.wait()["failed"]
    assert (folder / name).read_bytes() != files[name]
    assert (folder / "mine.txt").read_text() == "mine"
    assert changed_files(folder, read_record(folder)) == {}


@pytest.mark.slow
def test_a_change_from_outside_is_noticed_and_kept(client: Client, folder: Path) -> None:
    client.change("lock", shots=["wide"], lock=True)
    small_folder(folder, replace(small_record(), settings=Settings(lut_size=7)))
    theirs = (folder / "graded.json").read_bytes()
    assert client.get("pulse")["outside"]
    client.post("save", revision=1, solve=False)
    outcome = client.wait()
    assert outcome["failed"]
    assert "changed by other hands" in outcome["message"]
    assert (folder / "graded.json").read_bytes() == theirs
    state = client.post("reload", revision=1)
    assert (state["status"], state["dirty"], shot_of(state, "wide")["lock"]) == (200, True, True)
    assert client.get("pulse")["outcome"]["message"] == "Read again: 1 of your changes made again"
    client.post("save", revision=state["revision"], solve=False)
    assert not client.wait()["failed"]
    assert read_record(folder).lut_size == 7
    assert read_record(folder).edit.shot("wide").wishes.lock


def test_an_edit_changed_by_hand_is_not_reviewed_over(folder: Path) -> None:
    edit = folder / "graded.otio"
    edit.write_bytes(edit.read_bytes().replace(b"film", b"another"))
    with pytest.raises(ExportError, match=r"graded.otio has changed since it was written: grade it again"):
        Desk(folder, NO_CACHE)


def test_solving_without_media_says_what_is_missing(client: Client) -> None:
    client.change("lock", shots=["wide"], lock=True)
    client.post("solve", revision=1, scene="kitchen")
    outcome = client.wait()
    assert outcome["failed"]
    assert "wide: /nowhere/wide.mov; close: /nowhere/close.mov" in outcome["message"]
    state = client.get("state")
    assert (state["revision"], scene_of(state, "kitchen")["solved"]) == (1, False)
    assert client.post("solve", revision=1, scene="nowhere")["error"] == "there is no scene 'nowhere'"


def test_looks(client: Client, folder: Path) -> None:
    cube = format_cube(Lut3D.bake(Trim(temperature=30).cdl, 5)).encode()
    name = client.post_as("look?name=..%2F..%2Fwarm%20look.cube", cube, "application/octet-stream")["look"]
    assert name.startswith("warm_look-")
    assert (folder / "looks" / name).read_bytes() == cube
    assert [path.name for path in folder.parent.iterdir()] == ["film.graded"]
    state = client.change("look", scene="kitchen", look=name)
    assert (state["looks"], scene_of(state, "kitchen")["look"]) == ([name], name)
    for bad in ("../graded.json", "/etc/passwd", "", "nothing.cube", f"../looks/{name}"):
        assert client.change("look", scene="kitchen", look=bad)["status"] == 400, bad
    client.post("save", revision=client.revision, solve=False)
    assert not client.wait()["failed"]
    assert (folder / "looks" / name).read_bytes() == cube
    edit = json.loads((folder / "graded.otio").read_bytes())
    assert edit["tracks"]["children"][0]["children"][0]["metadata"]["otiograde"] == {"look": f"looks/{name}"}
    for name, content in (("a.txt", b"x"), ("", b"x"), ("a.cube", b"nothing"), ("a.png", b"nothing")):
        assert client.post_as(f"look?name={name}", content, "application/octet-stream")["status"] == 422, name
    assert len(list((folder / "looks").iterdir())) == 1


def test_a_look_is_opened_shown_and_tried_by_requests(client: Client, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "stills").mkdir()
    still = np.random.default_rng(3).integers(0, 255, (90, 160, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "stills" / "film.png"), still)
    listed = client.post("open-look", path=str(tmp_path / "stills"))
    assert (listed["folder"], listed["names"]) == (str(tmp_path / "stills"), ["film.png"])
    name = client.post("open-look", path=listed["folder"], name="film.png")["look"]
    assert (folder / "looks" / name).read_bytes() == (tmp_path / "stills" / "film.png").read_bytes()
    assert base64.b64decode(client.get(f"still/{name}")["jpeg"])[:3] == b"\xff\xd8\xff"
    assert client.get("still/nothing.png")["status"] == 400
    look = {"scene": "kitchen", "look": name, "look_as": "grade", "strength": 1.2, "palette": 0.5}
    gone = client.post("try-look", **look)
    assert (gone["status"], "which cannot be read" in gone["error"]) == (422, True)
    for bad in ({"strength": 2}, {"palette": -1}, {"look_as": "song"}, {"look": "../film.png"}, {"scene": None}):
        assert client.post("try-look", **look | bad)["status"] == 400, bad
    assert client.post("apply-look", revision=0, look=look)["status"] == 409
    assert client.post("apply-look", revision=1, look=look | {"scene": "nowhere"})["status"] == 400
    assert client.post("apply-look", revision=1, look=look)["status"] == 202
    assert "cannot be solved without its media" in client.wait()["message"]
    state = client.change("look", **look)
    scene = scene_of(state, "kitchen")
    assert [scene[f"look{of}"] for of in ("", "_as", "_strength", "_palette")] == [name, "grade", 1.2, 0.5]


def test_looks_do_not_follow_links(client: Client, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "looks").symlink_to(tmp_path / "elsewhere")
    cube = format_cube(Lut3D.identity(2)).encode()
    assert client.post_as("look?name=a.cube", cube, "application/octet-stream")["status"] == 422
    assert list((tmp_path / "elsewhere").iterdir()) == []


# What another page, program or machine could try.


def test_nothing_outside_is_served(client: Client, folder: Path) -> None:
    (folder.parent / "secret.txt").write_text("secret")
    for path in (
        "graded.json",
        "luts/wide.cube",
        "../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "api/lut/..%2f..%2fsecret.txt",
        "api/lut/../../secret.txt",
        "api/../graded.json",
        "static/../../secret.txt",
        "//etc/passwd",
        "api/lut/%00",
    ):
        status, body, _ = client.send("GET", f"/{TOKEN}/{path}")
        assert status in (400, 404), path
        assert b"secret" not in body.replace(b"secret.txt", b""), path


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/state", {}, 404),
        ("/wrong/api/state", {}, 404),
        (f"/{TOKEN}/api/state", {"Host": "evil.example"}, 421),
        (f"/{TOKEN}/api/state", {"Origin": "https://evil.example"}, 403),
        (f"/{TOKEN}/api/state", {"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_reading_from_elsewhere(client: Client, path: str, headers: dict[str, str], status: int) -> None:
    answer_status, body, answered = client.send("GET", path, headers=headers)
    assert answer_status == status
    assert b"kitchen" not in body
    assert TOKEN not in f"{answered}"


def test_changing_from_elsewhere(client: Client) -> None:
    origin = f"http://127.0.0.1:{client.port}"
    body = json.dumps({"revision": 0, "change": {"kind": "lock", "shots": ["wide"], "lock": True}}).encode()
    form = b"revision=0&change=lock"
    tries = [
        (body, JSON, 403),
        (body, {**JSON, "Origin": "https://evil.example"}, 403),
        (body, {**JSON, "Origin": "null"}, 403),
        (body, {**JSON, "Origin": origin, "Host": f"evil.example:{client.port}"}, 421),
        (form, {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}, 415),
        (body, {"Origin": origin, "Content-Type": "text/plain"}, 415),
        (body, {"Origin": origin}, 415),
        (b"x" * 70000, {**JSON, "Origin": origin}, 413),
        (b"{" * 60000, {**JSON, "Origin": origin}, 400),
        (b"[" * 60000, {**JSON, "Origin": origin}, 400),
        (b"\xff\xfe", {**JSON, "Origin": origin}, 400),
        (b"{}", {**JSON, "Origin": origin}, 400),
        (b'{"revision": 0, "change": 5}', {**JSON, "Origin": origin}, 400),
        (b'{"revision": "0", "change": {}}', {**JSON, "Origin": origin}, 400),
    ]
    for content, headers, status in tries:
        answer_status, answer, _ = client.send("POST", f"/{TOKEN}/api/change", content, headers)
        assert answer_status == status, (content[:40], headers, answer)
    assert client.send("POST", "/wrong/api/change", body, {**JSON, "Origin": origin})[0] == 404
    assert client.send("PUT", f"/{TOKEN}/api/change", body, {**JSON, "Origin": origin})[0] == 405
    assert client.send("OPTIONS", f"/{TOKEN}/api/change", None, {"Origin": origin})[0] == 405
    assert client.send("GET", f"/{TOKEN}/api/undo")[0] == 405
    assert client.revision == 0


def test_a_refusal_arrives_though_the_body_was_not_wanted(client: Client) -> None:
    """A connection that is closed on unread bytes is reset, and the answer is lost."""
    headers = {**JSON, "Origin": f"http://127.0.0.1:{client.port}"}
    for _ in range(20):
        assert client.send("POST", "/wrong", b"x" * 2_000_000, headers)[0] == 404
        assert client.send("POST", f"/{TOKEN}/api/undo", b"x" * 2_000_000, headers)[0] == 413


def test_a_body_that_never_says_its_length(client: Client) -> None:
    head = f"POST /{TOKEN}/api/change HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n"
    head += f"Origin: http://127.0.0.1:{client.port}\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", client.port), timeout=PATIENCE) as wire:
        wire.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(20):
            wire.sendall(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
        assert b" 413 " in wire.recv(4096)
    assert client.revision == 0


def test_every_answer_keeps_to_itself(client: Client) -> None:
    for path in (f"/{TOKEN}/api/state", "/nothing"):
        headers = client.send("GET", path)[2]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert not any(name.startswith("access-control") or name == "server" for name in headers)


def test_a_port_that_is_taken() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OtiogradeError, match=r"^port \d+ cannot be used .*: name another one with --port$"),
    ):
        listen(taken.getsockname()[1])


def test_only_this_machine() -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_shot_whose_look_alone_changes_is_not_called_steadied() -> None:
    record = small_record()
    shot, grade = record.edit.shots[0], record.grades[0]
    keys = (Key(0, Identity()), Key(20, WARM))
    for kind, looks, steadied in (("look", (Identity(), WARM), False), ("steps", (), True)):
        changing = replace(grade, course=Course(keys, kind=kind), key_looks=looks)
        assert ShotView.of(shot, changing, "", (None, None)).steadied is steadied
