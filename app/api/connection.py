"""A request's database connection: borrowed when it begins, given back when it is answered or has to wait."""

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
