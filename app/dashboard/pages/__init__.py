"""The pages, one module for each noun; a new one has its line here."""

from typing import Final

from flask import Blueprint

from app.dashboard.pages.calls import calls
from app.dashboard.pages.crm import crm
from app.dashboard.pages.crm_connecting import crm_connecting
from app.dashboard.pages.crm_enrolments import crm_enrolments
from app.dashboard.pages.crm_rules import crm_rules
from app.dashboard.pages.deliveries import deliveries
from app.dashboard.pages.docs_key import docs_key
from app.dashboard.pages.doors import doors
from app.dashboard.pages.exports import exports
from app.dashboard.pages.home import home
from app.dashboard.pages.integrations import integrations
from app.dashboard.pages.live import live
from app.dashboard.pages.playground import playground
from app.dashboard.pages.profile import profile
from app.dashboard.pages.security import security
from app.dashboard.pages.start import start
from app.dashboard.pages.top_up import stripe, top_up
from app.dashboard.pages.upkeep import upkeep
from app.dashboard.pages.usage import usage
from app.dashboard.pages.webhooks import webhooks

PAGES: Final[tuple[Blueprint, ...]] = (
    calls,
    crm,
    crm_connecting,
    crm_enrolments,
    crm_rules,
    deliveries,
    docs_key,
    doors,
    exports,
    home,
    integrations,
    live,
    playground,
    profile,
    security,
    start,
    stripe,
    top_up,
    upkeep,
    usage,
    webhooks,
)
OPEN: Final = frozenset({"doors"})  # for people who are not signed in
MACHINES: Final = frozenset({"docs_key", "stripe"})  # for programs, which bring proofs of their own
