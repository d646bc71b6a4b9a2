"""Nodes for ComfyUI: match clips, recover a look, apply a LUT, and save a graded edit.

``otiograde install-nodes DIR`` makes ComfyUI load this module. The classes follow ComfyUI's contract for nodes:
``INPUT_TYPES``, ``RETURN_TYPES``, ``FUNCTION``, ``INPUT_IS_LIST`` and ``OUTPUT_IS_LIST``. An IMAGE is a tensor
``(frames, height, width, channels)`` of float32 sRGB values in [0, 1]. A fourth channel is alpha, and is kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias, get_args

import numpy as np

from otiograde.color.arrays import Float32
from otiograde.color.encodings import encoding
from otiograde.color.lut import Lut3D
from otiograde.errors import MediaError
from otiograde.exporters import export_all
from otiograde.folder.writing import write_folder
from otiograde.grading.look_files import recover
from otiograde.grading.picturing import draw_pictures
from otiograde.grading.pipeline import grade_timeline, read
from otiograde.means.means import Means
from otiograde.means.progress import Progress
from otiograde.media.writing import write_video
from otiograde.record.boldness import USUAL
from otiograde.record.clock import exact_rate
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import STRONGEST_GRADE, Anchor, AnchorKind, Settings
from otiograde.timeline import Reading

#: A tensor of ComfyUI.
Image: TypeAlias = Any
#: One entry of ``INPUT_TYPES``: the type, or the choices, and the options of its widget.
Input: TypeAlias = "tuple[str | tuple[str, ...], dict[str, Any]]"

#: Names of our types of links.
LUT, EDIT = "OTIOGRADE_LUT", "OTIOGRADE_EDIT"
#: Clips that have inputs of their own. Each of them may be a list of clips.
INPUTS = 8
#: x264's constant rate factor of clips that are written.
CRF = 10
CATEGORY = "otiograde"


@dataclass(frozen=True, slots=True)
class MatchedEdit:
    """Clips that were matched, with all that is needed to save them."""

    clips: tuple[Float32, ...]
    rate: Fraction
    reading: Reading
    record: GradedTimeline


def _number(default: float, low: float, high: float, text: str, step: float = 0.01) -> Input:
    return "FLOAT", {"default": default, "min": low, "max": high, "step": step, "round": step, "tooltip": text}


class MatchClips:
    """Match clips: one grade for each clip, so that they look as if one camera and one colorist had made them."""

    CATEGORY, FUNCTION = CATEGORY, "match"
    DESCRIPTION = "Match the colors of clips to each other. What cannot be matched with evidence keeps its colors."
    INPUT_IS_LIST = True
    RETURN_TYPES = ("IMAGE", LUT, EDIT, "STRING")
    RETURN_NAMES = ("clips", "luts", "edit", "report")
    OUTPUT_IS_LIST = (True, True, False, False)
    OUTPUT_TOOLTIPS = (
        "The matched clips, in order.",
        "The LUT of each clip.",
        "For Save Graded Edit.",
        "What was done to each clip, and why.",
    )

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, Input]]:  # noqa: N802  (ComfyUI's name)
        """Return the inputs of the node."""
        more = {
            f"clip_{number}": ("IMAGE", {"tooltip": "A clip, or a list of them."}) for number in range(2, INPUTS + 1)
        }
        return {
            "required": {
                "clip_1": ("IMAGE", {"tooltip": "The first clip, or a list of clips."}),
                "frame_rate": _number(24, 1, 240, "Frames a second.", step=0.001),
                "strength": _number(1, 0, 1, "Strength of every grade."),
                "boldness": _number(USUAL, 0, 1, "How much of a correction is applied that nothing proves."),
                "anchor": (get_args(AnchorKind), {"default": "balanced", "tooltip": "What the clips are matched to."}),
                "hero": ("INT", {"default": 0, "min": 0, "max": 999, "tooltip": "The clip to match to; 0 is none."}),
                "scenes": (("one", "auto"), {"default": "one", "tooltip": "auto finds which clips belong together."}),
            },
            "optional": dict(more),
        }

    def match(
        self,
        frame_rate: Sequence[float],
        strength: Sequence[float],
        boldness: Sequence[float],
        anchor: Sequence[AnchorKind],
        hero: Sequence[int],
        scenes: Sequence[str],
        **clips: Sequence[Image],
    ) -> tuple[list[Image], list[Lut3D], MatchedEdit, str]:
        """Return the matched clips, their LUTs, the edit, and a text for people. Widgets are lists of one value.

        Raises ``OtiogradeError``, whose message ComfyUI shows.
        """
        images = [image for number in range(1, INPUTS + 1) for image in clips.get(f"clip_{number}") or ()]
        if hero[0] > len(images):
            raise MediaError(f"hero {hero[0]}: there are {len(images)} clips: name one of them, or 0")
        reading = Reading(
            strength=strength[0],
            hero=(_name(hero[0] - 1),) if hero[0] else (),
            scenes="one" if scenes[0] == "one" else None,
        )
        kind: AnchorKind = "hero" if hero[0] else anchor[0]
        settings = replace(Settings(), anchor=Anchor(kind), boldness=boldness[0])
        frames, rate = tuple(frames_of(image) for image in images), exact_rate(frame_rate[0])
        with tempfile.TemporaryDirectory(prefix="otiograde-") as folder:
            record = graded(Path(folder), frames, rate, reading, settings)
        luts = [record.lut(grade.shot) for grade in record.grades]
        matched = [with_lut(image, lut) for image, lut in zip(images, luts, strict=True)]
        return matched, luts, MatchedEdit(frames, rate, reading, record), words(record)


class LookFromStill:
    """Recover what was done to stills, as a LUT that gives other pictures the same look."""

    CATEGORY, FUNCTION = CATEGORY, "recover"
    DESCRIPTION = "Recover the grade of one or more stills of one film, without copying what they show."
    RETURN_TYPES, RETURN_NAMES = (LUT, "STRING"), ("lut", "notes")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, Input]]:  # noqa: N802  (ComfyUI's name)
        """Return the inputs of the node."""
        return {
            "required": {
                "stills": ("IMAGE", {"tooltip": "Graded pictures of one look."}),
                "strength": _number(1, 0, STRONGEST_GRADE, "1 is what was done to the stills."),
            }
        }

    def recover(self, stills: Image, strength: float) -> tuple[Lut3D, str]:
        """Return the look as a LUT, and notes for people. Raises ``OtiogradeError``."""
        with tempfile.TemporaryDirectory(prefix="otiograde-") as folder:
            clip = Path(folder) / "stills.mkv"
            write(clip, frames_of(stills), Fraction(1))
            look, notes = recover([clip], strength)
        return Lut3D.bake(look.preset(), 33), "\n".join((*notes, look.words))


class ApplyLut:
    """Apply a LUT to a clip."""

    CATEGORY, FUNCTION = CATEGORY, "apply"
    DESCRIPTION = "Apply a LUT of otiograde to pictures, in float."
    RETURN_TYPES, RETURN_NAMES = ("IMAGE",), ("image",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, Input]]:  # noqa: N802  (ComfyUI's name)
        """Return the inputs of the node."""
        return {
            "required": {
                "image": ("IMAGE", {}),
                "lut": (LUT, {}),
                "strength": _number(1, 0, 1, "0 leaves the pictures as they are."),
            }
        }

    def apply(self, image: Image, lut: Lut3D, strength: float) -> tuple[Image]:
        """Return the pictures with the LUT applied."""
        return (with_lut(image, lut, strength),)


class SaveGradedEdit:
    """Save matched clips as files, with a graded timeline, their LUTs, render scripts and a report."""

    CATEGORY, FUNCTION, OUTPUT_NODE = CATEGORY, "save", True
    DESCRIPTION = "Save the clips as they came, and beside them the edit with its grades, LUTs and report."
    RETURN_TYPES, RETURN_NAMES = ("STRING",), ("folder",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, Input]]:  # noqa: N802  (ComfyUI's name)
        """Return the inputs of the node."""
        name = {"default": "otiograde/edit", "tooltip": "Name of the folder in ComfyUI's output folder."}
        return {"required": {"edit": (EDIT, {}), "name": ("STRING", name)}}

    def save(self, edit: MatchedEdit, name: str) -> dict[str, Any]:
        """Write the folder; return its path. Raises ``OtiogradeError``.

        The clips are graded from their files again: the same input gives the same grades.
        """
        folder = fresh_folder(name)
        record = graded(folder / "clips", edit.clips, edit.rate, edit.reading, edit.record.settings)
        write_folder(folder / "graded", export_all(record, pictures=draw_pictures(record.edit)))
        return {"ui": {"text": [words(record)]}, "result": (str(folder / "graded"),)}


#: What ComfyUI reads: the names of the nodes in workflows, and those in its menu.
NODE_CLASS_MAPPINGS = {
    "OtiogradeMatchClips": MatchClips,
    "OtiogradeLookFromStill": LookFromStill,
    "OtiogradeApplyLut": ApplyLut,
    "OtiogradeSaveGradedEdit": SaveGradedEdit,
}
NODE_DISPLAY_NAME_MAPPINGS = {
    "OtiogradeMatchClips": "Match Clips",
    "OtiogradeLookFromStill": "Look from Still",
    "OtiogradeApplyLut": "Apply LUT",
    "OtiogradeSaveGradedEdit": "Save Graded Edit",
}


def frames_of(image: Image) -> Float32:
    """Return the pictures of an IMAGE as float32 ``(frames, height, width, 3)``. Raises ``MediaError``."""
    pixels = np.asarray(image.detach().cpu().numpy(), np.float32)
    if pixels.ndim != 4 or pixels.shape[-1] not in (3, 4) or not pixels.size:
        raise MediaError(f"an IMAGE of shape {tuple(pixels.shape)} has no RGB pictures: connect a clip")
    return np.ascontiguousarray(np.clip(np.nan_to_num(pixels[..., :3]), 0, 1))


def with_lut(image: Image, lut: Lut3D, strength: float = 1.0) -> Image:
    """Return an IMAGE with the LUT applied, on the same device and of the same type; alpha stays as it is."""
    before = frames_of(image)
    pixels = np.asarray(image.detach().cpu().numpy(), np.float32).copy()
    for number, frame in enumerate(before):
        pixels[number, ..., :3] = frame + np.float32(strength) * (lut.apply(frame) - frame)
    return image.new_tensor(pixels)


def graded(
    folder: Path, clips: Sequence[Float32], rate: Fraction, reading: Reading, settings: Settings
) -> GradedTimeline:
    """Write the clips into the folder, and grade them in their order. Raises ``OtiogradeError``."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{_name(number)}.mov" for number in range(len(clips))]
    for path, frames in zip(paths, clips, strict=True):
        write(path, frames, rate)
    means = Means(progress=progress())
    return grade_timeline(read(paths, replace(reading, cuts="off"), means), settings=settings, means=means)


def write(path: Path, frames: Iterable[Float32], rate: Fraction) -> None:
    """Write sRGB pictures as a video of 10 bits. Raises ``MediaError``."""
    write_video(path, frames, rate, encoding("srgb"), bits=10, crf=CRF)


def words(record: GradedTimeline) -> str:
    """Say what was done to each clip, and why: a line for a scene, and one for a clip."""
    lines = []
    for scene in record.scenes:
        lines.append(f"{scene.id}: {', '.join(scene.shots)}")
        grades = (grade for grade in record.grades if grade.scene == scene.id)
        lines += [f"  {grade.shot} ({grade.confidence}): {'; '.join(map(str, grade.reasons))}" for grade in grades]
    return "\n".join(lines)


def progress() -> Progress:
    """Return a callback that moves ComfyUI's bar, and ends the run when its user asks for that."""
    from comfy import model_management  # type: ignore[import-not-found]  # noqa: PLC0415  (only in ComfyUI)
    from comfy.utils import ProgressBar  # type: ignore[import-not-found]  # noqa: PLC0415

    bar = ProgressBar(1)

    def show(stage: str, done: int, total: int) -> None:
        del stage
        model_management.throw_exception_if_processing_interrupted()
        bar.update_absolute(done, total)

    return show


def fresh_folder(name: str) -> Path:
    """Make a new folder of this name, numbered, in ComfyUI's output folder. Raises ``MediaError``.

    A name that leads out of the output folder is refused.
    """
    import folder_paths  # type: ignore[import-not-found]  # noqa: PLC0415  (only in ComfyUI)

    output = Path(folder_paths.get_output_directory()).resolve()
    wanted = output if "\0" in name else (output / name).resolve()
    if wanted == output or not name.strip() or not wanted.is_relative_to(output):
        raise MediaError(f"{name!r} is no name of a folder in {output}: write one without '..'")
    for number in range(1, 100_000):
        folder = wanted.with_name(f"{wanted.name}_{number:05d}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise MediaError(f"{folder}: cannot be made ({error.strerror}): check ComfyUI's output folder") from error
        return folder
    raise MediaError(f"{wanted} has 99999 folders already: use another name")


def _name(number: int) -> str:
    return f"clip_{number + 1:02d}"
