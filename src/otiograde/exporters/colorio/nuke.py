"""``nuke/<shot>.nk``: nodes for Nuke, one file per shot, to paste into the node graph.

Nuke 13 and later works in linear light and applies file transforms without conversion (Foundry, OCIOFileTransform). So
one OCIOColorSpace node before the LUT converts to the shot's encoding, and one after it converts back. They name spaces
of both Nuke's config and ``ocio/config.ocio``; PQ and HLG are only in the latter. The CDL nearest to the grade is
included, but disabled. LUT paths are relative to the project directory. Tested by reading it back
line by line, not in Nuke.
"""

from __future__ import annotations

from otiograde.color.encodings import Encoding
from otiograde.exporters.colorio.cdl import fit_of
from otiograde.exporters.colorio.ocio import space_name
from otiograde.folder.layout import lut_path
from otiograde.movie.coded import coded_notes
from otiograde.movie.tapes import ascii_line
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot

#: The files of this format.
PATHS = ("nuke/*",)

#: Signs that mean something in a label, which Nuke evaluates when it draws a node: those of Tcl and of markup.
_SIGNS = str.maketrans(
    {"[": "(", "]": ")", "{": "(", "}": ")", "<": "(", ">": ")", "$": "_", "\\": "/", '"': "'", "&": "+"}
)

#: What the nodes of media that is not SDR need.
CODED = "the nodes of {shots} name spaces that only ocio/config.ocio has: export ocio, too, and choose it in Nuke"

#: The role of linear light, which every config has.
LINEAR = "scene_linear"


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return one file per shot."""
    pairs = zip(record.edit.shots, record.grades, strict=True)
    return {f"nuke/{shot.id}.nk": snippet(shot, grade).encode("ascii") for shot, grade in pairs}


def notes(record: GradedTimeline) -> list[str]:
    """Return what the nodes need."""
    return coded_notes(record, CODED)


def snippet(shot: Shot, grade: Grade) -> str:
    """Return the nodes of one shot, in the order in which the picture passes them."""
    space, name = curve_space(shot.media.encoding), _node_name(shot.id)
    fit = fit_of(grade)
    changes = "" if grade.course is None else f"; {grade.course.note}"
    about = _plain(f"{shot.media.path.name}: {grade.scene}, confidence {grade.confidence}{changes}")
    fit_error = f"{fit.mean:.2f} from the grade (CIEDE2000, mean); it carries {fit.share:.0%}"
    numbers = {
        key: f"{{{' '.join(f'{n + 0.0:.6f}' for n in part)}}}"
        for key, part in (("slope", fit.cdl.slope), ("offset", fit.cdl.offset), ("power", fit.cdl.power))
    }
    nodes = [
        _node("OCIOColorSpace", in_colorspace=LINEAR, out_colorspace=_tcl_word(space), name=f"{name}_in"),
        _node(
            "OCIOFileTransform",
            file=lut_path(shot.id),
            interpolation="tetrahedral",
            name=f"{name}_lut",
            label=_tcl_word(about),
        ),
        _node(
            "OCIOCDLTransform",
            **numbers,
            saturation=f"{fit.cdl.saturation:.6f}",
            name=f"{name}_cdl",
            label=_tcl_word(f"instead of the LUT: {fit_error}"),
            disable="true",
        ),
        _node("OCIOColorSpace", in_colorspace=_tcl_word(space), out_colorspace=LINEAR, name=f"{name}_out"),
    ]
    comment = f"# {shot.id}: paste into the node graph behind its Read; project directory: this output folder.\n"
    return comment + "".join(nodes)


def curve_space(encoding: Encoding) -> str:
    """Return the color space with an encoding's curve. SDR video shares one: primaries cancel out on the way back."""
    if encoding.family != "sdr":
        return space_name(encoding)
    return "sRGB" if encoding.transfer == "iec61966-2-1" else "rec709"


def _node(kind: str, **knobs: str) -> str:
    return f"{kind} {{\n" + "".join(f" {key} {value}\n" for key, value in knobs.items()) + "}\n"


def _plain(text: str) -> str:
    """Return a text without what a label means to Nuke: Tcl, which runs when it is drawn, and markup."""
    return ascii_line(text).translate(_SIGNS)


def _tcl_word(text: str) -> str:
    """Quote a text for Tcl, the language of Nuke's scripts."""
    if text.replace("_", "").replace(".", "").isalnum():
        return text
    return '"' + "".join(f"\\{sign}" if sign in '\\"[]${}' else sign for sign in text) + '"'


def _node_name(shot: str) -> str:
    """Return a valid node name: letters, digits and underscores, not beginning with a digit."""
    name = "".join(sign if sign.isalnum() else "_" for sign in shot)
    return name if name[:1].isalpha() else f"shot_{name}"
