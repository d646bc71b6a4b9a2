"""Ask the built site what strangers ask, in its search box, in a browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Page, sync_playwright

QUESTIONS = Path(__file__).resolve().parent.parent / "tests" / "questions.json"

#: A question is answered if one of its pages is among so many first results.
FIRST = 3

#: In the page: what stands above the results, and where the best results of all pages lead.
STATE = "document.querySelector('.md-search-result__meta').textContent"
LINKS = "[...document.querySelectorAll('.md-search-result__item')].map(page => page.querySelector('a').href)"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Print no line for each request."""


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a folder on this machine, and give its address: the site's search needs one."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def found(page: Page, address: str, words: str) -> list[str]:
    """Type words into the search box of the site, and return the pages it finds, best first: ``howto/nuke.md``.

    The page is loaded again for each question, so that no result of an earlier one is taken for an answer.
    """
    page.goto(address)
    box = page.locator("[data-md-component=search-query]")
    box.click()
    page.wait_for_function(f"{STATE}.includes('Type to start')")  # the index is there
    box.fill(words)
    box.press("End")  # the box looks at its words when a key is released
    page.wait_for_function(f"!{STATE}.includes('Type to start')")
    seen, links = None, page.evaluate(LINKS)
    while links != seen:
        page.wait_for_timeout(200)
        seen, links = links, page.evaluate(LINKS)
    paths = [link.removeprefix(address).split("?")[0].split("#")[0].strip("/") for link in links]
    return [f"{path or 'index'}.md" for path in paths]


def ask(site: Path) -> list[str]:
    """Ask the built site every question, and return a line for each that is not answered."""
    asked = [question for kind in json.loads(QUESTIONS.read_text("utf-8")).values() for question in kind]
    lines = []
    with served(site) as address, sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        for question in asked:
            first = found(page, address, question["asks"])[:FIRST]
            if not set(first) & set(question["answered by"]):
                lines.append(f"{question['asks']!r}: found {', '.join(first) or 'nothing'}")
        browser.close()
    return lines
