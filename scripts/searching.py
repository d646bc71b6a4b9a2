"""For the site: its search ranks pages that answer users first, and ignores words that say nothing."""

from __future__ import annotations

from typing import Any

from mkdocs.plugins import event_priority

#: A factor for the pages of a section of the site. Those of other sections have 1.
BOOSTS = {"How to": 2.0, "Tutorials": 1.5, "Development": 0.1}

#: Words of a question that the index does not hold. The search would take each for the beginning of another word.
SILENT = (
    "a about after all also am an and any are as at be because been but by can cannot could did do does every for from "
    "get got had has have he her him his how i if in into is it its just let like may me might most must my no nor not "
    "of off often on only or other our own rather she should since so some than that the their them then there these "
    "they this to too us want wants was we were what when where which while who why will with would yet you your"
)


@event_priority(100)  # before the search takes its settings
def on_config(config: Any) -> Any:
    """Make a word of a question that says nothing a separator: alone, with the star that the search adds to it."""
    config.plugins["material/search"].config["separator"] = rf"[\s\-,?!()]+|^(?:{SILENT.replace(' ', '|')})\*?$"
    return config


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Give a page its boost, as a ``search`` block at its head would."""
    decision = page.file.src_uri.startswith("decisions/")  # which are in no section
    section = page.ancestors[-1].title if page.ancestors else "Development" if decision else ""
    page.meta.setdefault("search", {"boost": BOOSTS.get(section, 1.0)})
    return markdown
