"""An account in which something has happened: what every page has to show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from tests.hub import Hub


@dataclass(frozen=True)
class Furnished:
    """`ids` names a call that was talked on, one that is scheduled, a webhook, a delivery that failed, a key, and a
    CRM's connection with a rule and an enrolment that was refused.
    """

    url: str
    token: str
    ids: Mapping[str, str]


_CRM: Final = """
INSERT INTO crm_connection (id, account_id, platform, mode, status, name, external_id, external_name, default_country)
VALUES (%(connection)s, %(account)s, 'hubspot', 'test', 'active', 'Sales portal', %(portal)s, 'bakery.example', 'US');
INSERT INTO crm_rule (id, account_id, connection_id, name, active, object, trigger, property, conditions,
                      number_properties, instructions, first_message, callee_name, once_within_seconds)
VALUES (%(rule)s, %(account)s, %(connection)s, 'New customers', true, 'contact', 'changed', 'lifecyclestage', '[]',
        ARRAY['phone', 'mobilephone'], 'Welcome {{contact.firstname}}, and ask when to deliver.', NULL,
        '{{contact.firstname}}', 86400);
INSERT INTO crm_enrolment (id, account_id, connection_id, mode, source, dedup_key, rule_id, object, record_id, refusal)
VALUES (%(enrolment)s, %(account)s, %(connection)s, 'test', 'rule', 'change-1', %(rule)s, 'contact', '51',
        '{"error": "The record has no number that can be called.", "code": "invalid_request"}');
INSERT INTO crm_job (account_id, connection_id, enrolment_id, kind, status, error, error_code, tries, completed_at)
VALUES (%(account)s, %(connection)s, %(enrolment)s, 'start', 'failed', 'No number.', 'invalid_request', 1, now());
INSERT INTO crm_request (connection_id, purpose, method, path, sent, body, status_code, duration_ms)
VALUES (%(connection)s, 'write', 'POST', '/crm/objects/2026-03/calls', false, '{"properties": {"hs_call_title": "x"}}',
        NULL, 0)
"""


def with_crm(hub: Hub, account_id: UUID) -> Mapping[str, str]:
    """Give an account a CRM; the ids of its connection, rule and enrolment."""
    ids = {"connection": uuid4(), "rule": uuid4(), "enrolment": uuid4()}
    for statement in _CRM.split(";\n"):
        hub.rows(statement, ids | {"account": account_id, "portal": uuid4().hex})
    return {name: str(id) for name, id in ids.items()}
