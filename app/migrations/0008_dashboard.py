"""Owners and their sessions, payments, what the dashboard searches and counts, and which connectors are in use."""

from typing import Any

STATEMENTS = r"""
-- who signs in to an account; the address is kept as it was written and found in lower case
CREATE TABLE owner (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL UNIQUE REFERENCES account (id),
    email text NOT NULL,
    password_hash text NOT NULL,
    totp_secret bytea,
    totp_since timestamptz,
    totp_last_step bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX owner_email ON owner (lower(email));

-- one-time codes for an owner who has lost the device
CREATE TABLE recovery_code (
    owner_id uuid NOT NULL REFERENCES owner (id) ON DELETE CASCADE,
    hash bytea NOT NULL,
    PRIMARY KEY (owner_id, hash)
);

-- mode is the world that this session looks at
CREATE TABLE session (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES owner (id) ON DELETE CASCADE,
    hash bytea NOT NULL UNIQUE,
    mode text NOT NULL DEFAULT 'test' CHECK (mode IN ('live', 'test')),
    address text NOT NULL,
    user_agent text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_owner ON session (owner_id);
CREATE INDEX session_age ON session (expires_at);

-- what a link in an e-mail allows, once: asked holds what it is about (code: a right password, until the code is told)
CREATE TABLE link (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('sign_up', 'reset', 'email', 'invite', 'code')),
    hash bytea NOT NULL UNIQUE,
    owner_id uuid REFERENCES owner (id) ON DELETE CASCADE,
    asked jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX link_owner ON link (owner_id);
CREATE INDEX link_age ON link (expires_at);

-- how often something was tried within a time, by a digest of what and by whom
CREATE TABLE tally (
    name bytea PRIMARY KEY,
    count integer NOT NULL,
    until timestamptz NOT NULL
);
CREATE INDEX tally_age ON tally (until);

-- a form of the dashboard that was sent, and where its sender was led: sent again it does nothing
CREATE TABLE sent_form (
    nonce uuid PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    location text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sent_form_session ON sent_form (session_id);
CREATE INDEX sent_form_age ON sent_form (created_at);

-- e-mails go to owners, and to who is about to become one
ALTER TABLE notice ALTER COLUMN account_id DROP NOT NULL, ADD COLUMN email text;

-- a test key can be shown again: it rings nobody and costs nothing
ALTER TABLE api_key
    ADD COLUMN name text,
    ADD COLUMN sealed bytea,
    ADD CONSTRAINT api_key_live_is_never_kept CHECK (sealed IS NULL OR mode = 'test');

ALTER TABLE turn ADD COLUMN interrupted boolean NOT NULL DEFAULT false;

-- a page of a list reads few rows, however rare among how many calls it is what is looked for
DROP INDEX call_listed_by_status;
CREATE INDEX call_listed_by_status ON call (account_id, mode, status, created_at DESC, id DESC);
DROP INDEX call_listed_voicemail;
CREATE INDEX call_listed_by_answer ON call (account_id, mode, answered_by, created_at DESC, id DESC)
    WHERE answered_by <> 'unknown';

-- calls that ended, or were erased, while the words of the others were gathered; the indexes above lock out more
INSERT INTO call_words (call_id, words)
SELECT c.id, words_of(c) FROM call c
WHERE c.summary IS NOT NULL AND NOT EXISTS (SELECT 1 FROM call_words w WHERE w.call_id = c.id);
DELETE FROM call_words w WHERE NOT EXISTS (SELECT 1 FROM call c WHERE c.id = w.call_id);
ALTER TABLE call_words ADD FOREIGN KEY (call_id) REFERENCES call (id) ON DELETE CASCADE;
DROP FUNCTION words_of(call);

-- ended calls by the day (UTC) on which they ended
CREATE TABLE call_day (
    account_id uuid NOT NULL REFERENCES account (id),
    mode text NOT NULL CHECK (mode IN ('live', 'test')),
    day date NOT NULL,
    status text NOT NULL,
    answered_by text NOT NULL,
    calls integer NOT NULL,
    seconds bigint NOT NULL,
    cents bigint NOT NULL,
    PRIMARY KEY (account_id, mode, day, status, answered_by)
);
INSERT INTO call_day (account_id, mode, day, status, answered_by, calls, seconds, cents)
SELECT account_id, mode, (ended_at AT TIME ZONE 'UTC')::date, status, answered_by, count(*), sum(duration), sum(cost)
FROM call WHERE summary IS NOT NULL AND ended_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5;

-- attempts of all webhooks of an account by the day (UTC); mode is that of the webhook
CREATE TABLE attempt_day (
    account_id uuid NOT NULL REFERENCES account (id),
    mode text NOT NULL CHECK (mode IN ('live', 'test', 'all')),
    day date NOT NULL,
    succeeded bigint NOT NULL,
    failed bigint NOT NULL,
    PRIMARY KEY (account_id, mode, day)
);
INSERT INTO attempt_day (account_id, mode, day, succeeded, failed)
SELECT w.account_id, w.mode, (h.hour AT TIME ZONE 'UTC')::date, sum(h.succeeded), sum(h.failed)
FROM webhook_hour h JOIN webhook w ON w.id = h.webhook_id GROUP BY 1, 2, 3;

-- a payment through Stripe; id is that of its Checkout Session. look_at is when Stripe is asked of it while it is open
CREATE TABLE payment (
    id text PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    cents integer NOT NULL CHECK (cents > 0),
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'failed', 'expired')),
    created_at timestamptz NOT NULL DEFAULT now(),
    credited_at timestamptz,
    looks integer NOT NULL DEFAULT 0,
    look_at timestamptz DEFAULT now() + interval '5 minutes'
);
CREATE INDEX payment_account ON payment (account_id, created_at DESC);
CREATE INDEX payment_due ON payment (look_at) WHERE status = 'open' AND look_at IS NOT NULL;
ALTER TABLE ledger_entry ADD COLUMN payment_id text REFERENCES payment (id);
CREATE UNIQUE INDEX ledger_entry_paid_once ON ledger_entry (payment_id) WHERE payment_id IS NOT NULL;
-- the ledger is shown from its newest entry; what moved the balance is summed up without looking at the holds
DROP INDEX ledger_entry_account;
CREATE INDEX ledger_entry_listed ON ledger_entry (account_id, id);
CREATE INDEX ledger_entry_moved ON ledger_entry (account_id, id) INCLUDE (balance_change) WHERE balance_change <> 0;

-- when each connector last spoke for an account
CREATE TABLE connector_use (
    account_id uuid NOT NULL REFERENCES account (id),
    connector text NOT NULL,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, connector)
);

-- what a person looks for among millions of deliveries
CREATE INDEX delivery_troubled ON delivery (webhook_id, status, created_at DESC, id DESC)
    WHERE status IN ('failed', 'skipped');
-- the two common types are found among the deliveries themselves, and cost nothing here
CREATE INDEX event_rare ON event (account_id, type, id)
    WHERE type NOT IN ('call.completed', 'call.started');

-- enrolments are listed by connection, by rule, and by what became of them
CREATE INDEX crm_enrolment_of_connection ON crm_enrolment (connection_id, created_at DESC, id DESC);
DROP INDEX crm_enrolment_of_rule;
CREATE INDEX crm_enrolment_of_rule ON crm_enrolment (rule_id, created_at DESC, id DESC) WHERE rule_id IS NOT NULL;
CREATE INDEX crm_enrolment_waiting ON crm_enrolment (account_id, created_at DESC, id DESC)
    WHERE call_id IS NULL AND refusal IS NULL;
CREATE INDEX crm_enrolment_refused ON crm_enrolment (account_id, created_at DESC, id DESC) WHERE refusal IS NOT NULL;

-- a webhook that was deleted belongs to nobody, until the last of its deliveries is forgotten
ALTER TABLE webhook ALTER COLUMN account_id DROP NOT NULL;

-- the Unix seconds that an attempt carried in its body and headers, so that its request can be shown to the byte
ALTER TABLE attempt ADD COLUMN signed_at bigint
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            database.execute_sql(statement)
