"""A request's database connection: borrowed when it begins, given back when it is answered or has to wait."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g

from app.db import db


def borrow() -> None:
    """Raises MaxConnectionsExceeded and OperationalError."""
    borrowed = db.connection_context()
    borrowed.__enter__()
    g.connection = borrowed


def give_back(_error: BaseException | None = None) -> None:
    """Also when there is none: the request may have failed before."""
    borrowed = g.pop("connection", None)
    if borrowed is not None:
        borrowed.__exit__(None, None, None)


@contextmanager
def lent() -> Iterator[None]:
    """Without the request's connection while the block lasts: for what waits for others. Not within a transaction."""
    give_back()
    try:
        yield
    finally:
        borrow()
