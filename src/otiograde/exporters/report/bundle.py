"""Bundle the template, styles and scripts in ``page`` into one HTML page."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from otiograde.color.difference import BANDS
from otiograde.exporters.report.contents import EVIDENCE_DRAWN, PAIRS_SHOWN, contents
from otiograde.exporters.report.gallery import Gallery

#: Styles and scripts, each after those that it depends on.
STYLES = ("page.css", "desk.css")
SCRIPTS = ("color.js", "renderer.js", "scopes.js", "graphs.js", "store.js", "desk.js", "page.js")
REVIEW_STYLE = "review.css"
REVIEW_SCRIPTS = ("review_server.js", "review_tools.js", "review_looks.js", "review_cuts.js", "review.js")


def render_page(gallery: Gallery, *, review: bool = False) -> str:
    """Return the page as HTML text that contains its styles and scripts."""
    style = "\n".join(_part(name) for name in (*STYLES, *([REVIEW_STYLE] if review else [])))
    script = _closed(SCRIPTS) + (_closed(REVIEW_SCRIPTS) if review else "")
    page_contents = contents(gallery)
    return (
        _environment()
        .get_template("page.html")
        .render(
            page=page_contents,
            style=Markup(style),  # noqa: S704  # our own files
            script=Markup(script),  # noqa: S704
            policy=_policy(style, script, review=review),
            data=_as_script_data(page_contents.data),
            bands=BANDS,
            shown=PAIRS_SHOWN,
            drawn=EVIDENCE_DRAWN,
        )
    )


def _closed(names: tuple[str, ...]) -> str:
    """Return scripts in one closure."""
    inner = "\n".join(_part(name) for name in names)
    return f"(() => {{\n'use strict';\n{inner}\n}})();\n"


def _policy(style: str, script: str, *, review: bool) -> str:
    """Return a content security policy under which only what is written in the page may run or load."""
    rules = {
        "default-src": "'none'",
        "img-src": "data: blob:",
        "style-src": _hashed(style),
        "script-src": _hashed(script),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    if review:
        rules["connect-src"] = "'self'"
    return "; ".join(f"{name} {rule}" for name, rule in rules.items())


def _hashed(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _as_script_data(data: Any) -> Markup:
    """Return JSON that is safe inside a script element: names in it cannot contain ``<`` or ``>``."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def _part(name: str) -> str:
    return (files("otiograde.exporters.report") / "page" / name).read_text("utf-8").replace("\r\n", "\n")


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True, loader=FunctionLoader(_part), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["step"] = lambda step: f"{step.before:.1f} → {step.after:.1f}"
    return environment
