"""Owners, their sessions and the links that they are sent."""

import uuid

from peewee import BigIntegerField, BlobField, DateTimeField, TextField, UUIDField

from app.models.base import Table
from app.models.webhook import JsonField


class Owner(Table):
    """Who signs in to an account. `totp_secret` is sealed, and asked for once `totp_since` is set."""

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    email = TextField()
    password_hash = TextField()
    totp_secret = BlobField(null=True)
    totp_since = DateTimeField(null=True)
    totp_last_step = BigIntegerField(default=0)
    created_at = DateTimeField()


class Session(Table):
    """A browser that an owner has signed in with. Only the SHA-256 of its cookie is kept."""

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    owner_id = UUIDField()
    hash = BlobField()
    mode = TextField(default="test")
    address = TextField()
    user_agent = TextField()
    created_at = DateTimeField()
    seen_at = DateTimeField()
    expires_at = DateTimeField()


class Link(Table):
    """What an e-mailed link allows, once; `asked` holds what it is about. Only the SHA-256 of its token is kept."""

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    kind = TextField()
    hash = BlobField()
    owner_id = UUIDField(null=True)
    asked = JsonField()
    created_at = DateTimeField()
    expires_at = DateTimeField()
