"""One page that opens from disk in any browser and shows whether the shots now match.

``export(record, pictures)`` gives ``report.html`` and ``contact_sheet.png``; ``page(record, pictures, review=True)``
gives the same page for the review server. It adds the styles and scripts of the review (``page/review*``) after those
of the page, and a policy that allows connections to its server only (``connect-src 'self'``).

The page is built of these parts, and scripts may rely on them:

* ``<section class="scene" data-scene=ID>`` for each scene, and in it ``<div class="filmstrip">`` with one
  ``<article class="shot" data-shot=ID>`` for each shot, in edit order. ``<dialog id="desk">`` is the shot view; its
  ``data-shot`` is the shot shown.
* Empty slots for tools, hidden by the style sheet while they are empty: ``<div class="tools" data-tools="page">`` in
  the page's header, ``data-tools="scene"`` in each scene's header, ``data-tools="card"`` in each shot's card, and
  ``data-tools="shot"`` in the shot view.
* ``window.otiograde``, frozen:
  ``shots`` (ids in edit order), ``scenes`` (``[{id, shots, hero}]``);
  ``setLut(shot, latticeBase64, size)``: the shot's LUT from now on, little-endian uint16 (0 to 65535 is 0 to 1), r g b
  of each node, red fastest (``compact(lut, size)`` in Python); ``null`` for no change;
  ``setStrength(shot, value)``: 0 to 1, how much of that LUT is shown; ``strength(shot)`` gives it back;
  ``show(shot)`` opens the shot view, ``close()`` shuts it. The page is redrawn at once.
* Events on ``document``: ``otiograde:show`` (``detail.shot``, ``null`` when shut) and ``otiograde:strength``
  (``detail.shot``, ``detail.value``) when a person moves the slider.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from otiograde.exporters.report.bundle import render_page
from otiograde.exporters.report.contents import compact
from otiograde.exporters.report.gallery import Gallery
from otiograde.exporters.report.sheet import contact_sheet
from otiograde.folder.layout import CONTACT_SHEET, REPORT
from otiograde.record.graded import GradedTimeline

__all__ = ["compact", "export", "page"]


def export(record: GradedTimeline, pictures: Mapping[str, bytes] = MappingProxyType({})) -> dict[str, bytes]:
    """Return the report and the contact sheet; ``pictures`` is the result of ``picturing.draw_pictures``."""
    gallery = Gallery(record, pictures)
    return {
        REPORT: render_page(gallery).encode("utf-8", errors="replace"),
        CONTACT_SHEET: contact_sheet(gallery),
    }


def page(record: GradedTimeline, pictures: Mapping[str, bytes] = MappingProxyType({}), *, review: bool = False) -> str:
    """Return the page as HTML text; ``review`` adds the styles and scripts of the review after those of the page."""
    return render_page(Gallery(record, pictures), review=review)
