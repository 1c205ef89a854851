"""A page by keyboard alone: the way that Tab takes through it, and what cannot be reached or seen on the way."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page, expect

MOST: Final = 300  # presses of Tab

_BEGIN: Final = Path(__file__).with_suffix(".js").read_text()


@dataclass
class Walk:
    """One way through a page, from its beginning to its end. What is closed is opened on the way."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    def go(self) -> list[str]:
        """What is wrong with the page for who has no mouse."""
        self.page.evaluate(_BEGIN)
        for _ in range(MOST):
            self.page.keyboard.press("Tab")
            seen = self.page.evaluate("keyboard.seen()")
            self.wrong += seen["wrong"]
            if seen.get("end"):
                return self.wrong + self.page.evaluate("[...keyboard.missed(), ...keyboard.unheld()]")
            if seen.get("closed"):
                self._open()
            if seen.get("wide"):
                self._scroll()
        return [*self.wrong, "it never ends"]

    def _open(self) -> None:
        for key in ("Enter", "Enter", "Space"):  # it opens, closes, and opens
            self.page.keyboard.press(key)
        if not self.page.evaluate("keyboard.opened()"):
            self.wrong.append("something does not open")

    def _scroll(self) -> None:
        self.page.keyboard.press("ArrowRight")
        if not self.page.evaluate("keyboard.scrolled()"):
            self.wrong.append("something does not scroll")


def barriers(page: Page) -> list[str]:
    """What somebody without a mouse cannot reach, see or leave on the page as it is now."""
    return Walk(page).go()


def unseen(page: Page) -> list[str]:
    """What of a page shows no focus, or cannot be scrolled without a mouse."""
    page.evaluate(_BEGIN)
    found: list[str] = page.evaluate("[...keyboard.dim(), ...keyboard.unheld()]")
    return found


def tab_to(wanted: Locator) -> None:
    """Press Tab until it has the focus. Fails when Tab does not lead there."""
    for _ in range(MOST):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        wanted.page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
