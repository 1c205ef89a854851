"""Deliveries by endpoint and lane, their log and statistics, callbacks, filters, rotation, the feed and notices."""

from typing import Any

STATEMENTS = """
ALTER TABLE account
    ADD COLUMN email text,
    ADD COLUMN callback_secret bytea,
    ADD COLUMN test_callback_secret bytea,
    ADD COLUMN balance_low boolean NOT NULL DEFAULT false;

-- the number that a stored answer holds, so that erasure finds it
ALTER TABLE idempotency_key ADD COLUMN phone_number text;

ALTER TABLE webhook
    DROP COLUMN gone_once,
    ADD COLUMN filters jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN rate_limit integer CHECK (rate_limit > 0),
    ADD COLUMN next_start_at timestamptz,
    ADD COLUMN take_up_since timestamptz,
    ADD COLUMN enabled_at timestamptz,
    ADD COLUMN old_secret bytea,
    ADD COLUMN old_secret_until timestamptz,
    ADD COLUMN last_success_at timestamptz,
    ADD COLUMN last_failure_at timestamptz;

CREATE INDEX webhook_barred ON webhook (next_start_at) WHERE next_start_at IS NOT NULL;

-- a one-off endpoint of one call: it hears of the call's end, or that its deadline has come, and of nothing else
CREATE TABLE callback (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    call_id uuid NOT NULL UNIQUE REFERENCES call (id) ON DELETE CASCADE,
    url bytea NOT NULL,
    deadline_at timestamptz,
    told_at timestamptz
);
CREATE INDEX callback_deadline ON callback (deadline_at) WHERE told_at IS NULL;

-- created_at orders the feed (see app.webhooks.feed); a call's events are found, and erased, by the call
ALTER TABLE event ALTER COLUMN created_at SET DEFAULT clock_timestamp();
DROP INDEX event_once;
CREATE UNIQUE INDEX event_once ON event (call_id, type) WHERE call_id IS NOT NULL;
CREATE INDEX event_fed ON event (account_id, mode, created_at, id) WHERE NOT sample;
CREATE INDEX event_age ON event (created_at);
CREATE INDEX idempotency_key_call ON idempotency_key (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX webhook_taking_up ON webhook (take_up_since) WHERE take_up_since IS NOT NULL;

-- endpoint_id is what may have only so much in flight; lane orders: -1 samples, 0 first tries, 1 retries, 2 replays.
-- failures counts the failed tries of the present round, faults those that failed on our side; attempts all.
ALTER TABLE delivery
    ALTER COLUMN webhook_id DROP NOT NULL,
    ADD COLUMN callback_id uuid REFERENCES callback (id) ON DELETE CASCADE,
    ADD COLUMN endpoint_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(webhook_id, callback_id)) STORED,
    ADD COLUMN lane smallint NOT NULL DEFAULT 0,
    ADD COLUMN failures smallint NOT NULL DEFAULT 0,
    ADD COLUMN faults smallint NOT NULL DEFAULT 0,
    ADD COLUMN last_status smallint,
    ADD CONSTRAINT delivery_has_one_endpoint CHECK ((webhook_id IS NULL) <> (callback_id IS NULL));
UPDATE delivery SET failures = attempts, lane = least(attempts, 1), claim_token = NULL, lease_until = NULL;
DROP INDEX delivery_due;
DROP INDEX delivery_skipped;
-- many fall due in one instant (a replay): with the id their order is total, and stays when a claim rewrites them
CREATE INDEX delivery_queued ON delivery (lane, endpoint_id, due_at, id) WHERE status = 'pending';
CREATE INDEX delivery_callback ON delivery (callback_id) WHERE callback_id IS NOT NULL;
-- a claim changes no indexed column: with room left on the page it touches no index at all
ALTER TABLE delivery SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- a number is given once, under the claim; a log of millions is read by delivery, or from its newest end
DROP INDEX attempt_delivery;
ALTER TABLE attempt
    DROP COLUMN id,
    ADD PRIMARY KEY (delivery_id, number),
    ADD COLUMN dns_ms integer,
    ADD COLUMN connect_ms integer,
    ADD COLUMN tls_ms integer,
    ADD COLUMN first_byte_ms integer;
CREATE INDEX attempt_age ON attempt USING brin (started_at) WITH (pages_per_range = 16, autosummarize = on);

-- one row for each webhook and hour: latencies counts attempts by the bounds of app.webhooks.statistics
CREATE TABLE webhook_hour (
    webhook_id uuid NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    hour timestamptz NOT NULL,
    succeeded integer NOT NULL,
    failed integer NOT NULL,
    latencies integer[] NOT NULL,
    PRIMARY KEY (webhook_id, hour)
);

-- an e-mail to an account's owner, until it is sent
CREATE TABLE notice (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    subject text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0
);
CREATE INDEX notice_due ON notice (due_at) WHERE due_at IS NOT NULL;
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            database.execute_sql(statement)
