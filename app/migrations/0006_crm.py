"""CRMs: connections, rules, enrolments, and the work that they leave to do."""

from typing import Any

STATEMENTS = """
-- an account's authorised CRM. credentials is a sealed grant, pending_grant what an authorisation under way needs
CREATE TABLE crm_connection (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    platform text NOT NULL,
    mode text NOT NULL DEFAULT 'test' CHECK (mode IN ('live', 'test')),
    status text NOT NULL CHECK (status IN ('pending', 'active', 'broken', 'leaving', 'disconnected')),
    status_reason text,
    name text NOT NULL,
    external_id text,
    external_name text,
    default_country text NOT NULL,
    logs text NOT NULL DEFAULT 'own' CHECK (logs IN ('none', 'own', 'all')),
    login_url text,
    username text,
    credentials bytea,
    expires_at timestamptz,
    refresh_lease_until timestamptz,
    barred_until timestamptz,
    state_hash bytea,
    state_until timestamptz,
    verifier bytea,
    inbound_hash bytea,
    last_served_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX crm_connection_of_account ON crm_connection (account_id, created_at);
-- a portal or an organisation belongs to one connection at a time
CREATE UNIQUE INDEX crm_connection_external ON crm_connection (platform, external_id)
    WHERE external_id IS NOT NULL AND status IN ('active', 'broken');
CREATE UNIQUE INDEX crm_connection_state ON crm_connection (state_hash) WHERE state_hash IS NOT NULL;
CREATE UNIQUE INDEX crm_connection_inbound ON crm_connection (inbound_hash) WHERE inbound_hash IS NOT NULL;

-- when a change in a CRM starts a call, and with which words
CREATE TABLE crm_rule (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    connection_id uuid NOT NULL REFERENCES crm_connection (id) ON DELETE CASCADE,
    name text NOT NULL,
    active boolean NOT NULL,
    object text NOT NULL,
    trigger text NOT NULL CHECK (trigger IN ('created', 'changed', 'message')),
    property text,
    conditions jsonb NOT NULL DEFAULT '[]',
    number_properties text[] NOT NULL,
    instructions text NOT NULL,
    first_message text,
    callee_name text,
    hours jsonb,
    once_within_seconds integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX crm_rule_of_connection ON crm_rule (connection_id, created_at);
CREATE INDEX crm_rule_of_account ON crm_rule (account_id, created_at);

-- one request of a CRM for a call about a record. It has a call, or a refusal, or neither yet
CREATE TABLE crm_enrolment (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account (id),
    connection_id uuid NOT NULL REFERENCES crm_connection (id) ON DELETE CASCADE,
    mode text NOT NULL CHECK (mode IN ('live', 'test')),
    source text NOT NULL CHECK (source IN ('action', 'rule', 'flow')),
    dedup_key text NOT NULL,
    rule_id uuid REFERENCES crm_rule (id) ON DELETE SET NULL,
    object text,
    record_id text,
    person text,
    asked jsonb,
    callback_id text,
    questions jsonb NOT NULL DEFAULT '[]',
    answers jsonb,
    call_id uuid UNIQUE REFERENCES call (id) ON DELETE SET NULL,
    refusal jsonb,
    deadline_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (connection_id, dedup_key)
);
CREATE INDEX crm_enrolment_listed ON crm_enrolment (account_id, created_at DESC, id DESC);
CREATE INDEX crm_enrolment_of_record ON crm_enrolment (connection_id, object, record_id, created_at);
CREATE INDEX crm_enrolment_of_person ON crm_enrolment (connection_id, person) WHERE person IS NOT NULL;
CREATE INDEX crm_enrolment_of_rule ON crm_enrolment (rule_id) WHERE rule_id IS NOT NULL;
CREATE INDEX crm_enrolment_age ON crm_enrolment (created_at);

-- work for a CRM, leased and retried like a delivery. due_at is NULL while it waits for its call's end
CREATE TABLE crm_job (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id uuid NOT NULL REFERENCES account (id),
    connection_id uuid NOT NULL REFERENCES crm_connection (id) ON DELETE CASCADE,
    enrolment_id uuid REFERENCES crm_enrolment (id) ON DELETE CASCADE,
    call_id uuid REFERENCES call (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('start', 'answer', 'write', 'forget', 'leave')),
    subject text,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'succeeded', 'failed', 'skipped')),
    result text,
    error text,
    error_code text,
    tries smallint NOT NULL DEFAULT 0,
    due_at timestamptz,
    not_before timestamptz,
    claim_token uuid,
    lease_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    completed_at timestamptz
);
CREATE UNIQUE INDEX crm_job_of_enrolment ON crm_job (enrolment_id, kind) WHERE enrolment_id IS NOT NULL;
CREATE UNIQUE INDEX crm_job_of_call ON crm_job (connection_id, call_id, kind) WHERE call_id IS NOT NULL;
CREATE INDEX crm_job_call ON crm_job (call_id) WHERE call_id IS NOT NULL AND status = 'pending';
-- three queues of each connection: a burst of one kind delays no other
CREATE INDEX crm_job_starting ON crm_job (connection_id, due_at, id)
    WHERE status = 'pending' AND due_at IS NOT NULL AND kind = 'start';
CREATE INDEX crm_job_telling ON crm_job (connection_id, due_at, id)
    WHERE status = 'pending' AND due_at IS NOT NULL AND kind IN ('answer', 'write');
CREATE INDEX crm_job_parting ON crm_job (connection_id, due_at, id)
    WHERE status = 'pending' AND due_at IS NOT NULL AND kind IN ('forget', 'leave');
CREATE INDEX crm_job_leased ON crm_job (connection_id) WHERE status = 'pending' AND claim_token IS NOT NULL;
CREATE INDEX crm_job_age ON crm_job (completed_at) WHERE completed_at IS NOT NULL;

-- every request that went out to a CRM; sent is false for what a connection in test mode would have written
CREATE TABLE crm_request (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    connection_id uuid NOT NULL REFERENCES crm_connection (id) ON DELETE CASCADE,
    job_id uuid REFERENCES crm_job (id) ON DELETE CASCADE,
    purpose text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    sent boolean NOT NULL,
    body jsonb,
    status_code smallint,
    error text,
    error_detail text,
    duration_ms integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX crm_request_listed ON crm_request (connection_id, created_at DESC, id DESC);
CREATE INDEX crm_request_of_job ON crm_request (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX crm_request_age ON crm_request (created_at);
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            database.execute_sql(statement)
