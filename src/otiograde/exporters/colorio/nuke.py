"""``nuke/<shot>.nk``: a snippet per shot to paste into Nuke's node graph: into the shot's encoding, its LUT, and back.

Nuke (13 on) works in linear light and applies file transforms without any conversion (Foundry, OCIOFileTransform), so
two OCIOColorSpace nodes stand around the LUT. They name the spaces that both Nuke's own config and ``ocio/config.ocio``
know; PQ and HLG only the latter. The CDL nearest to the grade lies beside, switched off. LUT paths count from the
project directory. Tested by reading it back line by line, not in Nuke.
"""

from __future__ import annotations

from otiograde.color.encodings import Encoding
from otiograde.exporters.colorio.cdl import fit_of
from otiograde.exporters.colorio.ocio import space_name
from otiograde.folder.layout import lut_path
from otiograde.movie.tapes import ascii_line
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot

#: The role that every config has.
LINEAR = "scene_linear"


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Give a snippet per shot."""
    pairs = zip(record.edit.shots, record.grades, strict=True)
    return {f"nuke/{shot.id}.nk": snippet(shot, grade).encode("ascii") for shot, grade in pairs}


def snippet(shot: Shot, grade: Grade) -> str:
    """Write the nodes of one shot, in the order of the picture's way through them."""
    space, name = curve(shot.media.encoding), _node_name(shot.id)
    fit = fit_of(grade)
    about = f"{ascii_line(shot.media.path.name)}: {ascii_line(grade.scene)}, confidence {grade.confidence}"
    far = f"{fit.mean:.2f} from the grade (CIEDE2000, mean); it carries {fit.share:.0%}"
    numbers = {
        key: f"{{{' '.join(f'{n + 0.0:.6f}' for n in part)}}}"
        for key, part in (("slope", fit.cdl.slope), ("offset", fit.cdl.offset), ("power", fit.cdl.power))
    }
    nodes = [
        _node("OCIOColorSpace", in_colorspace=LINEAR, out_colorspace=_word(space), name=f"{name}_in"),
        _node(
            "OCIOFileTransform",
            file=lut_path(shot.id),
            interpolation="tetrahedral",
            name=f"{name}_lut",
            label=_word(about),
        ),
        _node(
            "OCIOCDLTransform",
            **numbers,
            saturation=f"{fit.cdl.saturation:.6f}",
            name=f"{name}_cdl",
            label=_word(f"instead of the LUT: {far}"),
            disable="true",
        ),
        _node("OCIOColorSpace", in_colorspace=_word(space), out_colorspace=LINEAR, name=f"{name}_out"),
    ]
    about_file = f"# {shot.id}: paste into the node graph behind its Read; project directory: this output folder.\n"
    return about_file + "".join(nodes)


def curve(encoding: Encoding) -> str:
    """Name the space of an encoding's curve: SDR video shares one, whatever the primaries, and both ways undo it."""
    if encoding.is_hdr:
        return space_name(encoding)
    return "sRGB" if encoding.transfer == "iec61966-2-1" else "rec709"


def _node(kind: str, **knobs: str) -> str:
    return f"{kind} {{\n" + "".join(f" {key} {value}\n" for key, value in knobs.items()) + "}\n"


def _word(text: str) -> str:
    """Quote a text for Tcl, in which Nuke's scripts are written."""
    if text.replace("_", "").replace(".", "").isalnum():
        return text
    return '"' + "".join(f"\\{sign}" if sign in '\\"[]${}' else sign for sign in text) + '"'


def _node_name(shot: str) -> str:
    """A node's name has letters, digits and underscores, and begins with no digit."""
    name = "".join(sign if sign.isalnum() else "_" for sign in shot)
    return name if name[:1].isalpha() else f"shot_{name}"
