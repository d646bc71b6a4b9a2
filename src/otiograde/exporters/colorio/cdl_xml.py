"""The XML of ASC CDL: .cc holds one correction, .ccc several, .cdl several as decisions.

Source: ASC Color Decision List v1.2, whose schema keeps the namespace of v1.01.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from otiograde.color.cdl import Cdl

NAMESPACE = "urn:ASC:CDL:v1.01"


def correction(cdl: Cdl, name: str, about: str) -> Element:
    """Return a CDL as the element ``ColorCorrection``, with an id and a description."""
    element = Element("ColorCorrection", id=name)
    node = SubElement(element, "SOPNode")
    SubElement(node, "Description").text = about
    for tag, numbers in (("Slope", cdl.slope), ("Offset", cdl.offset), ("Power", cdl.power)):
        SubElement(node, tag).text = " ".join(map(_decimal, numbers))
    SubElement(SubElement(element, "SatNode"), "Saturation").text = _decimal(cdl.saturation)
    return element


def cdl_xml(corrections: Iterable[Element], form: str) -> bytes:
    """Return the document of these corrections: the only one for ``cc``, all of them for ``ccc`` and ``cdl``."""
    if form == "cc":
        (root,) = corrections
    else:
        root = Element("ColorCorrectionCollection" if form == "ccc" else "ColorDecisionList", xmlns=NAMESPACE)
        for each in corrections:
            (root if form == "ccc" else SubElement(root, "ColorDecision")).append(each)
    indent(root, "    ")
    return tostring(root) + b"\n"


def _decimal(number: float) -> str:
    """Return a number with six decimals at most, and without an exponent."""
    return f"{number + 0.0:.6f}".rstrip("0").removesuffix(".")
