"""The pages, one module for each noun; a new one has its line here."""

from typing import Final

from flask import Blueprint

from app.dashboard.pages.calls import calls
from app.dashboard.pages.doors import doors
from app.dashboard.pages.home import home
from app.dashboard.pages.live import live
from app.dashboard.pages.playground import playground
from app.dashboard.pages.start import start

PAGES: Final[tuple[Blueprint, ...]] = (
    calls,
    doors,
    home,
    live,
    playground,
    start,
)
OPEN: Final = frozenset({"doors"})  # for people who are not signed in
MACHINES: Final[frozenset[str]] = frozenset()  # for programs, which bring proofs of their own
