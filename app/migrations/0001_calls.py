"""Accounts and keys, the ledger, calls and their turns, webhooks and their deliveries."""

from typing import Any

STATEMENTS = """
CREATE TABLE account (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    phone_number text NOT NULL,
    balance integer NOT NULL DEFAULT 0,
    held integer NOT NULL DEFAULT 0,
    unmetered boolean NOT NULL DEFAULT false,
    caller_name text,
    terms_accepted_at timestamptz,
    discloses_ai boolean NOT NULL DEFAULT true,
    paused_at timestamptz,
    concurrent_calls integer,
    calls_per_second integer,
    daily_calls integer,
    daily_spend_cents integer,
    callee_daily_calls integer,
    last_dialled_at timestamptz,
    queue_full boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT account_balance_not_negative CHECK (balance >= 0),
    CONSTRAINT account_held_not_negative CHECK (held >= 0),
    CONSTRAINT account_holds_covered CHECK (unmetered OR held <= balance)
);

CREATE TABLE api_key (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    mode text NOT NULL CHECK (mode IN ('live', 'test')),
    prefix text NOT NULL,
    hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_key_account ON api_key (account_id);

CREATE TABLE call (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    mode text NOT NULL CHECK (mode IN ('live', 'test')),
    status text NOT NULL,
    direction text NOT NULL DEFAULT 'outbound',
    to_number text NOT NULL,
    from_number text NOT NULL,
    name text,
    instructions text NOT NULL,
    first_message text,
    greeting text,
    call_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz,
    answered_by text NOT NULL DEFAULT 'unknown',
    attempt integer NOT NULL DEFAULT 1,

    -- dialling: waiting -> claimed -> dialling -> dialled, or doubt when the carrier's answer was lost
    dial_state text NOT NULL DEFAULT 'waiting',
    due_at timestamptz NOT NULL DEFAULT now(),
    claim_token uuid,
    lease_until timestamptz,
    dialling_at timestamptz,
    dial_tries integer NOT NULL DEFAULT 0,
    doubt_until timestamptz,
    doubt_reason text,
    carrier_sid text UNIQUE,
    carrier_sequence integer NOT NULL DEFAULT -1,
    check_due_at timestamptz,

    -- hanging up: asked for by a person, a machine's answer, or a rule
    hangup_reason text,
    hangup_due_at timestamptz,

    -- the conversation
    relay_opened_at timestamptz,
    relay_closed_at timestamptz,

    -- ending: outcome is the final status, known before it is public; finish_due_at says when to settle
    outcome text,
    end_reason text,
    finish_due_at timestamptz,
    finish_token uuid,
    finish_lease_until timestamptz,
    finish_tries integer NOT NULL DEFAULT 0,
    held integer NOT NULL DEFAULT 0,
    cost integer NOT NULL DEFAULT 0,
    duration integer NOT NULL DEFAULT 0,
    summary text,
    erased_at timestamptz
);
CREATE UNIQUE INDEX call_active ON call (account_id, mode, to_number)
    WHERE status IN ('initiated', 'ringing', 'in-progress');
CREATE INDEX call_listed ON call (account_id, mode, created_at DESC, id DESC);
CREATE INDEX call_to_number ON call (account_id, to_number, created_at);
CREATE INDEX call_waiting ON call (mode, account_id, due_at, created_at)
    WHERE dial_state = 'waiting' AND status = 'initiated';
CREATE INDEX call_scheduled ON call (due_at) WHERE status = 'scheduled';
CREATE INDEX call_leased ON call (lease_until) WHERE dial_state IN ('claimed', 'dialling');
CREATE INDEX call_checked ON call (check_due_at) WHERE check_due_at IS NOT NULL;
CREATE INDEX call_under_way ON call (mode, account_id)
    WHERE status IN ('initiated', 'ringing', 'in-progress') AND dial_state <> 'waiting';
CREATE INDEX call_hanging_up ON call (hangup_due_at) WHERE hangup_due_at IS NOT NULL;
CREATE INDEX call_finishing ON call (finish_due_at) WHERE finish_due_at IS NOT NULL;
CREATE INDEX call_dialled_lately ON call (mode, dialling_at) WHERE dialling_at IS NOT NULL;

CREATE TABLE call_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id uuid NOT NULL REFERENCES call (id) ON DELETE CASCADE,
    at timestamptz NOT NULL DEFAULT now(),
    status text NOT NULL,
    cause text NOT NULL
);
CREATE INDEX call_event_call ON call_event (call_id, id);

CREATE TABLE turn (
    call_id uuid NOT NULL REFERENCES call (id) ON DELETE CASCADE,
    position integer NOT NULL,
    role text NOT NULL CHECK (role IN ('agent', 'human')),
    text text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (call_id, position)
);

CREATE TABLE ledger_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    call_id uuid,
    kind text NOT NULL CHECK (kind IN ('credit', 'hold', 'release', 'charge')),
    balance_change integer NOT NULL,
    held_change integer NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ledger_entry_account ON ledger_entry (account_id, at);
CREATE UNIQUE INDEX ledger_entry_charged_once ON ledger_entry (call_id) WHERE kind = 'charge';

CREATE TABLE do_not_call (
    account_id uuid NOT NULL REFERENCES account (id),
    mode text NOT NULL CHECK (mode IN ('live', 'test')),
    phone_number text NOT NULL,
    source text NOT NULL CHECK (source IN ('api', 'callee')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, mode, phone_number)
);

CREATE TABLE idempotency_key (
    account_id uuid NOT NULL REFERENCES account (id),
    mode text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer NOT NULL,
    answer bytea NOT NULL,
    call_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, mode, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

CREATE TABLE webhook (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    url text NOT NULL,
    events text[] NOT NULL,
    mode text NOT NULL CHECK (mode IN ('live', 'test', 'all')),
    active boolean NOT NULL DEFAULT true,
    disabled_reason text,
    secret bytea NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    gone_once boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_account ON webhook (account_id, created_at);

CREATE TABLE event (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    call_id uuid REFERENCES call (id) ON DELETE CASCADE,
    mode text NOT NULL CHECK (mode IN ('live', 'test')),
    type text NOT NULL,
    sample boolean NOT NULL DEFAULT false,
    data text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX event_once ON event (call_id, type) WHERE NOT sample;

CREATE TABLE delivery (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    webhook_id uuid NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    event_id uuid NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'succeeded', 'failed', 'skipped')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz,
    lease_until timestamptz,
    claim_token uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    UNIQUE (event_id, webhook_id)
);
CREATE INDEX delivery_due ON delivery (due_at) WHERE status = 'pending';
CREATE INDEX delivery_listed ON delivery (webhook_id, created_at DESC, id DESC);
CREATE INDEX delivery_skipped ON delivery (webhook_id, created_at) WHERE status = 'skipped';

CREATE TABLE attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery_id uuid NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
    number integer NOT NULL,
    started_at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    status_code integer,
    error text,
    error_detail text,
    address text,
    answer text
);
CREATE INDEX attempt_delivery ON attempt (delivery_id, number);
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            database.execute_sql(statement)
