"""Webhooks, the events they hear of, deliveries and their attempts."""

import uuid

from peewee import (
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    DateTimeField,
    Field,
    IntegerField,
    TextField,
    UUIDField,
)

from app.models.base import Table


class TextArrayField(Field):
    """text[]"""

    field_type = "text[]"


class JsonField(Field):
    """jsonb, read as what it holds."""

    field_type = "jsonb"


class Webhook(Table):
    """An account's endpoint and the events it wants. Secrets are sealed; `failures` counts those in a row.

    One that was deleted has no account any more: what is left of it is forgotten by and by.
    `rate_limit` is requests a second, None for no limit; `old_secret` signs too until `old_secret_until`.
    """

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField(null=True)
    url = TextField()
    events = TextArrayField()
    filters = JsonField()
    rate_limit = IntegerField(null=True)
    next_start_at = DateTimeField(null=True)
    take_up_since = DateTimeField(null=True)
    enabled_at = DateTimeField(null=True)
    mode = TextField()
    active = BooleanField(default=True)
    disabled_reason = TextField(null=True)
    secret = BlobField()
    old_secret = BlobField(null=True)
    old_secret_until = DateTimeField(null=True)
    failures = IntegerField(default=0)
    failing_since = DateTimeField(null=True)
    last_success_at = DateTimeField(null=True)
    last_failure_at = DateTimeField(null=True)
    created_at = DateTimeField()
    updated_at = DateTimeField()


class Event(Table):
    """A fact. `data` is the JSON of what it tells of, byte for byte as every attempt sends it."""

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    call_id = UUIDField(null=True)
    batch_id = UUIDField(null=True)
    mode = TextField()
    type = TextField()
    sample = BooleanField(default=False)
    data = TextField()
    created_at = DateTimeField()


class Delivery(Table):
    """One event for one webhook or callback: `pending`, then `succeeded`, `failed` or `skipped`.

    `lane` is that of `app.webhooks.claiming`; `failures` and `faults` count since the last replay.
    """

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    webhook_id = UUIDField(null=True)
    callback_id = UUIDField(null=True)
    endpoint_id = UUIDField()
    event_id = UUIDField()
    status = TextField(default="pending")
    lane = IntegerField(default=0)
    attempts = IntegerField(default=0)
    failures = IntegerField(default=0)
    faults = IntegerField(default=0)
    last_status = IntegerField(null=True)
    due_at = DateTimeField(null=True)
    lease_until = DateTimeField(null=True)
    claim_token = UUIDField(null=True)
    created_at = DateTimeField()
    completed_at = DateTimeField(null=True)


class Attempt(Table):
    """One try of a delivery. `error` is one of `app.webhooks.outcome.ERRORS`, or None for a 2xx.

    `connect_ms`, `tls_ms` and `first_byte_ms` count from the start of the request; `dns_ms` comes before it.
    `signed_at` is the timestamp that it carried, in Unix seconds; None where it was not kept, or nothing was signed.
    """

    delivery_id = UUIDField()
    number = IntegerField()
    started_at = DateTimeField()
    duration_ms = IntegerField()
    status_code = IntegerField(null=True)
    error = TextField(null=True)
    error_detail = TextField(null=True)
    address = TextField(null=True)
    answer = TextField(null=True)
    dns_ms = IntegerField(null=True)
    connect_ms = IntegerField(null=True)
    tls_ms = IntegerField(null=True)
    first_byte_ms = IntegerField(null=True)
    signed_at = BigIntegerField(null=True)

    class Meta:
        primary_key = CompositeKey("delivery_id", "number")
