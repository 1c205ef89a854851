"""The pages, one module for each noun; a new one has its line here."""

from typing import Final

from flask import Blueprint

from app.dashboard.pages.calls import calls
from app.dashboard.pages.doors import doors
from app.dashboard.pages.exports import exports
from app.dashboard.pages.home import home
from app.dashboard.pages.top_up import stripe, top_up
from app.dashboard.pages.usage import usage

PAGES: Final[tuple[Blueprint, ...]] = (
    calls,
    doors,
    exports,
    home,
    stripe,
    top_up,
    usage,
)
OPEN: Final = frozenset({"doors"})  # for people who are not signed in
MACHINES: Final = frozenset({"stripe"})  # for programs, which bring proofs of their own
