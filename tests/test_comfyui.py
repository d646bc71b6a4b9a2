"""The nodes for ComfyUI, loaded, validated and run by a strict stand-in of it.

Tests: comfyui.py
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.comfy import Comfy, InterruptError, image
from making.pictures import Look, wall
from otiograde.cli import main
from otiograde.color.difference import delta_e00
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.comfyui import ApplyLut, MatchClips
from otiograde.errors import MediaError
from otiograde.folder.reading import read_record

EXAMPLE = json.loads((Path(__file__).parents[1] / "examples" / "comfyui" / "match_clips.json").read_text("utf-8"))
WALL = wall(4, 120, 260)
#: The second clip is darker and redder.
CASTS = Look(), Look(exposure=-0.4, warmth=0.08)


def command(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return int(stop.value.code or 0)


def clip(number: int, count: int = 5) -> Any:
    frames = [CASTS[number](WALL[:, 8 * k + 30 * number : 8 * k + 30 * number + 180]) for k in range(count)]
    return image(np.stack(frames))


@pytest.fixture
def comfy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Comfy:
    """ComfyUI with our nodes."""
    comfy = Comfy(tmp_path / "ComfyUI", monkeypatch)
    assert command("install-nodes", comfy.folder, "--quiet") == 0
    comfy.load()
    return comfy


def options(node: Any) -> dict[str, Any]:
    """The defaults of a node's widgets."""
    return {key: entry[1]["default"] for key, entry in node.INPUT_TYPES()["required"].items() if "default" in entry[1]}


def apart(luts: list[Lut3D]) -> float:
    """The mean ΔE00 between the results of both clips on the wall."""
    results = [lut(cast(WALL)) for lut, cast in zip(luts, CASTS, strict=True)]
    return float(delta_e00(*(srgb_to_lab(np.clip(result, 0, 1)) for result in results)).mean())


@pytest.mark.slow
def test_the_example_matches_clips_and_saves_them(comfy: Comfy) -> None:
    clips = [clip(0), clip(1)]
    outputs = comfy.run(EXAMPLE, {name: [[one], [], [24.0]] for name, one in zip("24", clips, strict=True)})
    matched, luts, (edit,), (text,) = outputs["5"]
    assert apart([Lut3D.bake(lambda rgb: rgb, 2)] * 2) > 4
    assert apart(luts) < 1
    for before, after, lut in zip(clips, matched, luts, strict=True):
        assert np.abs(after.numpy() - lut(np.asarray(before.numpy()))).max() < 1e-5
    assert "clip_01" in text
    assert comfy.bar[-1][0] == comfy.bar[-1][1]
    folder = Path(outputs["6"][0][0])
    assert folder == comfy.output / "otiograde" / "edit_00001" / "graded"
    record = read_record(folder)
    assert [grade.balance for grade in record.grades] == [grade.balance for grade in edit.record.grades]
    assert {"graded.otio", "report.html", "render.sh"} <= {path.name for path in folder.iterdir()}
    assert sorted(path.name for path in (folder.parent / "clips").iterdir()) == ["clip_01.mov", "clip_02.mov"]


def test_a_clip_alone_keeps_its_pictures_and_its_alpha(comfy: Comfy) -> None:
    alpha = np.linspace(0, 1, 5 * 120 * 180, dtype=np.float32).reshape(5, 120, 180, 1)
    alone = image(np.concatenate([np.asarray(clip(0).numpy()), alpha], axis=-1))
    workflow = {
        "1": {"class_type": "Load"},
        "2": {"class_type": "OtiogradeMatchClips", "inputs": {**options(MatchClips), "clip_1": ["1", 0]}},
    }
    (matched,), _, _, _ = comfy.run(workflow, {"1": [[alone]]})["2"]
    assert np.array_equal(matched.numpy()[..., 3:], alpha)
    assert np.abs(matched.numpy() - alone.numpy()).max() < 1e-5


@pytest.mark.parametrize(("typed", "rate"), [(24, "24"), (23.976, "24000/1001"), (23.98, "24000/1001"), (12.5, "25/2")])
@pytest.mark.usefixtures("comfy")
def test_a_rate_as_people_type_it_is_exact(typed: float, rate: str) -> None:
    values = {key: [value] for key, value in options(MatchClips).items()} | {"frame_rate": [typed]}
    _, _, edit, _ = MatchClips().match(**values, clip_1=[clip(0, 2)])
    assert edit.rate == edit.record.edit.rate == Fraction(rate)


def test_a_look_is_recovered_and_applied(comfy: Comfy) -> None:
    workflow = {
        "1": {"class_type": "Load"},
        "2": {"class_type": "OtiogradeLookFromStill", "inputs": {"stills": ["1", 0], "strength": 1.0}},
        "3": {"class_type": "OtiogradeApplyLut", "inputs": {"image": ["1", 0], "lut": ["2", 0], "strength": 0.5}},
    }
    still = clip(1, 2)
    outputs = comfy.run(workflow, {"1": [[still]]})
    (lut,), (notes,) = outputs["2"]
    assert notes
    half = (np.asarray(still.numpy()) + lut(np.asarray(still.numpy()))) / 2
    assert np.abs(outputs["3"][0][0].numpy() - half).max() < 1e-5


def test_a_run_that_is_ended_leaves_nothing(comfy: Comfy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    comfy.interrupted = True
    with pytest.raises(InterruptError):
        MatchClips().match(**{key: [value] for key, value in options(MatchClips).items()}, clip_1=[clip(0)])
    assert not [*(tmp_path / "temporary").iterdir()]


@pytest.mark.parametrize("shape", [(0, 4, 4, 3), (1, 4, 4, 1), (4, 4, 3)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(MediaError, match="has no RGB pictures: connect a clip"):
        ApplyLut().apply(image(np.zeros(shape)), Lut3D.bake(lambda rgb: rgb, 2), 1.0)


def test_a_hero_that_is_not_there_is_refused() -> None:
    values = {key: [value] for key, value in options(MatchClips).items()} | {"hero": [2]}
    with pytest.raises(MediaError, match="hero 2: there are 1 clips"):
        MatchClips().match(**values, clip_1=[clip(0)])


@pytest.mark.parametrize("name", ["", " ", ".", "../out", "/etc/edit", "a/../../out", "a\0b"])
def test_no_name_leads_out_of_the_output_folder(comfy: Comfy, name: str) -> None:
    from otiograde.comfyui import fresh_folder

    with pytest.raises(MediaError, match="is no name of a folder in"):
        fresh_folder(name)
    assert not [*comfy.output.iterdir()]


def test_folders_are_numbered(comfy: Comfy) -> None:
    from otiograde.comfyui import fresh_folder

    assert [fresh_folder("a/b").name for _ in range(2)] == ["b_00001", "b_00002"]
    (comfy.output / "c").write_text("a file")
    with pytest.raises(MediaError, match="cannot be made"):
        fresh_folder("c/d")


def test_without_otiograde_comfyui_is_told_how_to_get_it(comfy: Comfy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "otiograde.comfyui", None)
    with pytest.raises(ImportError, match="-m pip install otiograde"):
        comfy.load()
