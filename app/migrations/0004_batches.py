"""Batches of calls, their callbacks and events; lists of calls by status."""

from typing import Any

STATEMENTS = """
CREATE TABLE batch (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    mode text NOT NULL CHECK (mode IN ('live', 'test')),
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz
);
CREATE INDEX batch_age ON batch (ended_at);

-- one for each call that was asked for: the call, or why it was refused; neither once the call has been erased
CREATE TABLE batch_item (
    batch_id uuid NOT NULL REFERENCES batch (id) ON DELETE CASCADE,
    position smallint NOT NULL,
    call_id uuid REFERENCES call (id) ON DELETE SET NULL,
    refusal json,
    PRIMARY KEY (batch_id, position)
);
CREATE UNIQUE INDEX batch_item_call ON batch_item (call_id) WHERE call_id IS NOT NULL;

-- a callback is that of one call, or of one batch
ALTER TABLE callback
    ALTER COLUMN call_id DROP NOT NULL,
    ADD COLUMN batch_id uuid UNIQUE REFERENCES batch (id) ON DELETE CASCADE,
    ADD CONSTRAINT callback_is_of_one CHECK ((call_id IS NULL) <> (batch_id IS NULL));

ALTER TABLE event ADD COLUMN batch_id uuid REFERENCES batch (id) ON DELETE CASCADE;
CREATE UNIQUE INDEX event_of_batch ON event (batch_id, type) WHERE batch_id IS NOT NULL;

-- the batch that a stored answer tells of, so that erasure finds it
ALTER TABLE idempotency_key ADD COLUMN batch_id uuid;
CREATE INDEX idempotency_key_batch ON idempotency_key (batch_id) WHERE batch_id IS NOT NULL;

-- what automations look for, and may be rare among many: a page of them is not to read the calls of years
CREATE INDEX call_listed_by_status ON call (account_id, mode, status, created_at DESC, id DESC)
    WHERE status <> 'completed';
CREATE INDEX call_listed_voicemail ON call (account_id, mode, created_at DESC, id DESC)
    WHERE answered_by = 'voicemail';
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            database.execute_sql(statement)
