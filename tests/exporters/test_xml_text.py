"""Texts and paths in XML: every text can be held, and a path is a URL that leads back to it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otiograde.exporters.xml_text import media_url, xml_text


@given(st.text())
def test_any_text_is_held(text: str) -> None:
    made = xml_text(text)
    assert len(made) == len(text)
    item = ElementTree.Element("a", name=made)
    assert ElementTree.fromstring(ElementTree.tostring(item, "utf-8")).get("name") == made


def test_what_can_be_held_stays() -> None:
    assert xml_text("tab\t é \U0001f3ac") == "tab\t é \U0001f3ac"
    assert xml_text("nul\0 bell\a half\ud800") == "nul? bell? half?"


@pytest.mark.parametrize("path", ["/films/a b.mov", "/films/100% #1?.mov", "/films/fïlm.mov"])
def test_a_url_leads_back(path: str) -> None:
    url = urlparse(media_url(Path(path)))
    assert (url.scheme, url.query, url.fragment) == ("file", "", "")
    assert unquote(url.path) == path
    assert url.path.isascii()


def test_paths_of_other_systems_and_relative_ones() -> None:
    assert media_url(PurePosixPath("C:\\films\\a b.mov")) == "file:///C:/films/a%20b.mov"  # type: ignore[arg-type]
    assert media_url(Path("films/a b.mov")) == "films/a%20b.mov"
