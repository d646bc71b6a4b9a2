"""What a person's hands do on the page of a review."""

from __future__ import annotations

from browsing import Page

#: A window that shows two scenes at once, to drag between.
TALL = {"viewport": {"width": 1280, "height": 2600}}


def press(page: Page, text: str) -> None:
    page.get_by_role("button", name=text, exact=True).first.click()


def slide(page: Page, name: str, value: float) -> None:
    """Pull a slider of the shot view to a value, and let it go."""
    page.eval_on_selector(
        f"[data-slider={name}]",
        "(slider, value) => { slider.value = value;"
        " slider.dispatchEvent(new Event('input')); slider.dispatchEvent(new Event('change')); }",
        value,
    )


def wait_for_words(page: Page, words: str) -> None:
    page.locator(f".bar .status:has-text('{words}')").first.wait_for()
