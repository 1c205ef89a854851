"""The pages, one module for each noun; a new one has its line here."""

from typing import Final

from flask import Blueprint

from app.dashboard.pages.calls import calls
from app.dashboard.pages.crm import crm
from app.dashboard.pages.crm_connecting import crm_connecting
from app.dashboard.pages.crm_enrolments import crm_enrolments
from app.dashboard.pages.crm_rules import crm_rules
from app.dashboard.pages.doors import doors
from app.dashboard.pages.home import home

PAGES: Final[tuple[Blueprint, ...]] = (
    calls,
    crm,
    crm_connecting,
    crm_enrolments,
    crm_rules,
    doors,
    home,
)
OPEN: Final = frozenset({"doors"})  # for people who are not signed in
MACHINES: Final[frozenset[str]] = frozenset()  # for programs, which bring proofs of their own
