"""Accounts, their API keys and their ledger."""

import uuid

from peewee import BigAutoField, BlobField, BooleanField, DateTimeField, IntegerField, TextField, UUIDField

from app.models.base import Table


class Account(Table):
    """`balance` and `held` are cents; holds are part of the balance, so `available` is what a new call may use."""

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    name = TextField()
    phone_number = TextField()
    email = TextField(null=True)
    balance = IntegerField(default=0)
    held = IntegerField(default=0)
    unmetered = BooleanField(default=False)
    caller_name = TextField(null=True)
    terms_accepted_at = DateTimeField(null=True)
    discloses_ai = BooleanField(default=True)
    paused_at = DateTimeField(null=True)
    concurrent_calls = IntegerField(null=True)
    calls_per_second = IntegerField(null=True)
    daily_calls = IntegerField(null=True)
    daily_spend_cents = IntegerField(null=True)
    callee_daily_calls = IntegerField(null=True)
    queue_full = BooleanField(default=False)
    balance_low = BooleanField(default=False)
    callback_secret = BlobField(null=True)
    test_callback_secret = BlobField(null=True)
    created_at = DateTimeField()

    @property
    def available(self) -> int:
        return self.balance - self.held


class ApiKey(Table):
    """Only the SHA-256 of a key is kept, and a prefix that people can recognise it by.

    A test key may be kept `sealed` too, to be shown again.
    """

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    mode = TextField()
    name = TextField(null=True)
    prefix = TextField()
    hash = BlobField()
    sealed = BlobField(null=True)
    created_at = DateTimeField()
    last_used_at = DateTimeField(null=True)
    revoked_at = DateTimeField(null=True)


class LedgerEntry(Table):
    """Append-only. An account's balance is the sum of `balance_change`, what it holds that of `held_change`."""

    id = BigAutoField()
    account_id = UUIDField()
    call_id = UUIDField(null=True)
    kind = TextField()
    balance_change = IntegerField()
    held_change = IntegerField()
    payment_id = TextField(null=True)
    at = DateTimeField()


class Payment(Table):
    """A payment through Stripe; `id` is that of its Checkout Session. `status`: open, then paid, failed or expired.

    While it is open Stripe is asked of it at `look_at`, as it was `looks` times; never again where that is None.
    """

    id = TextField(primary_key=True)
    account_id = UUIDField()
    cents = IntegerField()
    status = TextField(default="open")
    created_at = DateTimeField()
    credited_at = DateTimeField(null=True)
    looks = IntegerField(default=0)
    look_at = DateTimeField(null=True)
