"""A real browser, headless, and pages of it that note whatever they complain of or ask the network for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from making.waiting import PATIENCE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

#: Pages drawn by the CPU, WebGL by SwiftShader, colors as sRGB whatever the screen, and no calls home.
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-gpu",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--disable-lcd-text",
)


@dataclass
class Seen:
    """What a page said on its console, and what it asked for beside itself and its own data."""

    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def hear(self, kind: str, text: str) -> None:
        # SwiftShader notes once that reading a picture back takes time: so it does, on a processor.
        if "GPU stall due to ReadPixels" not in text:
            self.complaints.append(f"{kind}: {text}")


@contextmanager
def browsing() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS), timeout=1000 * PATIENCE)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, url: str, **how: Any) -> Iterator[tuple[Page, Seen]]:
    """A page in a window of its own (``how``: playwright's words for it, 1280 x 800 without any)."""
    script = how.pop("before", None)
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark", **how})
    context.set_default_timeout(1000 * PATIENCE)
    page, seen = context.new_page(), Seen()
    page.on("console", lambda said: seen.hear(said.type, said.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (seen.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: seen.requests.append(request.url) if _goes_out(request.url, url) else None)
    if script:
        page.add_init_script(script)
    try:
        page.goto(url)
        yield page, seen
    finally:
        context.close()


def _goes_out(asked: str, url: str) -> bool:
    return not asked.startswith(("data:", "blob:")) and asked != url
