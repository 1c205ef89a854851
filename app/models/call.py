"""Calls, what happened to them, what was said on them, and who must not be called."""

import uuid

from peewee import BigAutoField, BooleanField, CompositeKey, DateTimeField, IntegerField, TextField, UUIDField

from app.models.base import Table


class Call(Table):
    """One phone call. `status` changes only through `app.calls.lifecycle`; money is cents, durations seconds."""

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    mode = TextField()
    status = TextField()
    direction = TextField(default="outbound")
    to_number = TextField()
    from_number = TextField()
    name = TextField(null=True)
    instructions = TextField()
    first_message = TextField(null=True)
    greeting = TextField(null=True)
    call_at = DateTimeField(null=True)
    created_at = DateTimeField()
    started_at = DateTimeField(null=True)
    ended_at = DateTimeField(null=True)
    answered_by = TextField(default="unknown")
    attempt = IntegerField(default=1)

    dial_state = TextField(default="waiting")
    due_at = DateTimeField()
    claim_token = UUIDField(null=True)
    lease_until = DateTimeField(null=True)
    dialling_at = DateTimeField(null=True)
    dial_tries = IntegerField(default=0)
    doubt_until = DateTimeField(null=True)
    doubt_reason = TextField(null=True)
    carrier_sid = TextField(null=True)
    carrier_sequence = IntegerField(default=-1)
    check_due_at = DateTimeField(null=True)

    hangup_reason = TextField(null=True)
    hangup_due_at = DateTimeField(null=True)

    relay_opened_at = DateTimeField(null=True)
    relay_closed_at = DateTimeField(null=True)

    outcome = TextField(null=True)
    end_reason = TextField(null=True)
    finish_due_at = DateTimeField(null=True)
    finish_token = UUIDField(null=True)
    finish_lease_until = DateTimeField(null=True)
    finish_tries = IntegerField(default=0)
    held = IntegerField(default=0)
    cost = IntegerField(default=0)
    duration = IntegerField(default=0)
    summary = TextField(null=True)


class CallEvent(Table):
    """One change of a call's status, and what caused it."""

    id = BigAutoField()
    call_id = UUIDField()
    at = DateTimeField()
    status = TextField()
    cause = TextField()


class Turn(Table):
    """One thing said, as it was heard. `role` is `agent` or `human`; `position` counts from 0.

    `interrupted` tells of an agent's turn that was cut: `text` is what was heard of it.
    """

    call_id = UUIDField()
    position = IntegerField()
    role = TextField()
    text = TextField()
    at = DateTimeField()
    interrupted = BooleanField(default=False)

    class Meta:
        primary_key = CompositeKey("call_id", "position")


class DoNotCall(Table):
    """A number that an account must not call in a mode; `source` tells whether a client or the callee said so."""

    account_id = UUIDField()
    mode = TextField()
    phone_number = TextField()
    source = TextField()
    created_at = DateTimeField()

    class Meta:
        primary_key = CompositeKey("account_id", "mode", "phone_number")
