"""Batches of calls that were asked for together."""

import uuid

from peewee import CompositeKey, DateTimeField, Field, IntegerField, TextField, UUIDField

from app.models.base import Table


class PlainJsonField(Field):
    """json, its keys in the order in which they were written; read as what it holds."""

    field_type = "json"


class Batch(Table):
    """`ended_at` is set by whoever settles the last of its calls."""

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    mode = TextField()
    created_at = DateTimeField()
    ended_at = DateTimeField(null=True)


class BatchItem(Table):
    """One call that was asked for: it has a call or a refusal, or neither once the call has been erased."""

    batch_id = UUIDField()
    position = IntegerField()
    call_id = UUIDField(null=True)
    refusal = PlainJsonField(null=True)

    class Meta:
        primary_key = CompositeKey("batch_id", "position")
