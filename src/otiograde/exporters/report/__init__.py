"""One page that opens from disk in any browser and shows whether the shots now belong together.

``export(record, pictures)`` gives ``report.html`` and ``contact_sheet.png``; ``page(record, pictures, review=True)``
gives the same page for the review server, with the review's own (``page/review*``) bundled after the page's styles and
scripts, and a policy that lets it talk to its own server (``connect-src 'self'``) and to nobody else.

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
  ``show(shot)`` opens the shot view, ``close()`` shuts it. What is on the page is drawn anew at once.
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
    """Write the report and the contact sheet; ``pictures`` as ``picturing.draw_pictures`` gives them."""
    gallery = Gallery(record, pictures)
    return {
        REPORT: render_page(gallery).encode("utf-8", errors="replace"),
        CONTACT_SHEET: contact_sheet(gallery),
    }


def page(record: GradedTimeline, pictures: Mapping[str, bytes] = MappingProxyType({}), *, review: bool = False) -> str:
    """Give the whole page as HTML text; with ``review`` the review's own styles and scripts come after the page's."""
    return render_page(Gallery(record, pictures), review=review)
