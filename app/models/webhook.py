"""Webhooks, the events they hear of, deliveries and their attempts."""

import uuid

from peewee import (
    BigAutoField,
    BlobField,
    BooleanField,
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


class Webhook(Table):
    """An account's endpoint and the events it wants. `secret` is encrypted; `failures` counts those in a row."""

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    url = TextField()
    events = TextArrayField()
    mode = TextField()
    active = BooleanField(default=True)
    disabled_reason = TextField(null=True)
    secret = BlobField()
    failures = IntegerField(default=0)
    failing_since = DateTimeField(null=True)
    gone_once = BooleanField(default=False)
    created_at = DateTimeField()
    updated_at = DateTimeField()


class Event(Table):
    """A fact. `data` is the JSON of the payload's `call`, byte for byte as every attempt sends it."""

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    call_id = UUIDField(null=True)
    mode = TextField()
    type = TextField()
    sample = BooleanField(default=False)
    data = TextField()
    created_at = DateTimeField()


class Delivery(Table):
    """One event for one webhook: `pending`, then `succeeded`, `failed` or `skipped`."""

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    webhook_id = UUIDField()
    event_id = UUIDField()
    status = TextField(default="pending")
    attempts = IntegerField(default=0)
    due_at = DateTimeField(null=True)
    lease_until = DateTimeField(null=True)
    claim_token = UUIDField(null=True)
    created_at = DateTimeField()
    completed_at = DateTimeField(null=True)


class Attempt(Table):
    """One try of a delivery. `error` is a class (dns, refused, timeout, http_5xx, …) or None for a 2xx."""

    id = BigAutoField()
    delivery_id = UUIDField()
    number = IntegerField()
    started_at = DateTimeField()
    duration_ms = IntegerField()
    status_code = IntegerField(null=True)
    error = TextField(null=True)
    error_detail = TextField(null=True)
    address = TextField(null=True)
    answer = TextField(null=True)
