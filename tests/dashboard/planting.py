"""An account in which everything that others can write holds HTML: callees, receivers, CRMs, and who names things."""

import json
from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid4

from app.config import Settings
from app.db import execute
from app.vault import Vault
from tests.dashboard.conftest import Owner

# Would be an element of this id, wherever it is written as it is.
PLANT: Final = "\"'><b id=planted>&lt;</b></script><script>planted()</script>{{7*7}}"


def planted(owner: Owner, settings: Settings) -> Mapping[str, UUID]:
    """Fill an owner's account; the ids of what was made, by the names that addresses have for them."""
    made = {
        name: uuid4()
        for name in ("call_id", "webhook_id", "delivery_id", "connection_id", "rule_id", "enrolment_id", "key_id")
    }
    values = {"account": owner.account_id, "owner": owner.id, "text": PLANT, "json": json.dumps({"said": PLANT})} | made
    values |= {"event": uuid4(), "secret": Vault(settings.encryption_keys).seal(b"whsec_" + b"A" * 44)}
    for statement in _STATEMENTS.split(";\n"):
        execute(statement, values)
    return made


_STATEMENTS: Final = """
UPDATE account SET name = %(text)s, caller_name = %(text)s WHERE id = %(account)s;
UPDATE session SET user_agent = %(text)s WHERE owner_id = %(owner)s;
INSERT INTO api_key (id, account_id, mode, prefix, hash, name)
VALUES (%(key_id)s, %(account)s, 'test', 'sk_test_plan', sha256(%(key_id)s::text::bytea), %(text)s);
INSERT INTO call (id, account_id, mode, status, to_number, from_number, name, instructions, first_message, greeting,
                  started_at, ended_at, dial_state, outcome, end_reason, summary, duration, cost)
VALUES (%(call_id)s, %(account)s, 'test', 'completed', '+15552000001', '+15550100100', %(text)s, %(text)s, %(text)s,
        %(text)s, now(), now(), 'dialled', 'completed', 'callee_hangup', %(text)s, 10, 10);
INSERT INTO call_event (call_id, status, cause) VALUES (%(call_id)s, 'completed', %(text)s);
INSERT INTO turn (call_id, position, role, text, interrupted)
VALUES (%(call_id)s, 0, 'agent', %(text)s, true), (%(call_id)s, 1, 'human', %(text)s, false);
INSERT INTO call_words (call_id, words) VALUES (%(call_id)s, to_tsvector('simple', %(text)s));
INSERT INTO webhook (id, account_id, url, events, mode, secret, disabled_reason, active)
VALUES (%(webhook_id)s, %(account)s, 'https://example.com/' || %(text)s, ARRAY['call.completed'], 'test', %(secret)s,
        %(text)s, false);
INSERT INTO event (id, account_id, call_id, mode, type, data)
VALUES (%(event)s, %(account)s, %(call_id)s, 'test', 'call.completed', %(json)s);
INSERT INTO delivery (id, account_id, webhook_id, event_id, status, attempts, failures, last_status, completed_at)
VALUES (%(delivery_id)s, %(account)s, %(webhook_id)s, %(event)s, 'failed', 1, 1, 500, now());
INSERT INTO attempt (delivery_id, number, started_at, duration_ms, status_code, error, error_detail, address, answer)
VALUES (%(delivery_id)s, 1, now(), 5, 500, 'status', %(text)s, %(text)s, %(text)s);
INSERT INTO do_not_call (account_id, mode, phone_number, source) VALUES (%(account)s, 'test', '+15552000003', 'callee');
INSERT INTO crm_connection (id, account_id, platform, mode, status, status_reason, name, external_id, external_name,
                            default_country)
VALUES (%(connection_id)s, %(account)s, 'hubspot', 'test', 'broken', %(text)s, %(text)s, %(text)s, %(text)s, 'US');
INSERT INTO crm_rule (id, account_id, connection_id, name, active, object, trigger, property, conditions,
                      number_properties, instructions, first_message, callee_name, once_within_seconds)
VALUES (%(rule_id)s, %(account)s, %(connection_id)s, %(text)s, true, 'contact', 'changed', %(text)s, '[]',
        ARRAY[%(text)s], %(text)s, %(text)s, %(text)s, 3600);
INSERT INTO crm_enrolment (id, account_id, connection_id, mode, source, dedup_key, rule_id, object, record_id, person,
                           refusal)
VALUES (%(enrolment_id)s, %(account)s, %(connection_id)s, 'test', 'rule', %(text)s, %(rule_id)s, 'contact', %(text)s,
        %(text)s, jsonb_build_object('error', %(text)s::text, 'code', 'invalid_request'));
INSERT INTO crm_job (account_id, connection_id, enrolment_id, kind, status, error, error_code, tries)
VALUES (%(account)s, %(connection_id)s, %(enrolment_id)s, 'start', 'failed', %(text)s, 'failed', 3);
INSERT INTO crm_request (connection_id, purpose, method, path, sent, body, status_code, error, error_detail,
                         duration_ms)
VALUES (%(connection_id)s, %(text)s, 'POST', %(text)s, false, %(json)s, 400, 'refused', %(text)s, 3)
"""
