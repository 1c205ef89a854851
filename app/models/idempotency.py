"""First answers to requests with an Idempotency-Key."""

from peewee import BlobField, CompositeKey, DateTimeField, IntegerField, TextField, UUIDField

from app.models.base import Table


class IdempotencyKey(Table):
    """`answer` is encrypted: it may hold a secret. `call_id`, `batch_id` and `phone_number` let erasure find it."""

    account_id = UUIDField()
    mode = TextField()
    key = TextField()
    request_hash = BlobField()
    status = IntegerField()
    answer = BlobField()
    call_id = UUIDField(null=True)
    batch_id = UUIDField(null=True)
    phone_number = TextField(null=True)
    created_at = DateTimeField()

    class Meta:
        primary_key = CompositeKey("account_id", "mode", "key")
        table_name = "idempotency_key"
