"""The pages, one module for each noun; a new one has its line here."""

from typing import Final

from flask import Blueprint

from app.dashboard.pages.calls import calls
from app.dashboard.pages.deliveries import deliveries
from app.dashboard.pages.doors import doors
from app.dashboard.pages.home import home
from app.dashboard.pages.upkeep import upkeep
from app.dashboard.pages.webhooks import webhooks

PAGES: Final[tuple[Blueprint, ...]] = (
    calls,
    deliveries,
    doors,
    home,
    upkeep,
    webhooks,
)
OPEN: Final = frozenset({"doors"})  # for people who are not signed in
MACHINES: Final[frozenset[str]] = frozenset()  # for programs, which bring proofs of their own
