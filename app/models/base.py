"""What all tables share."""

from peewee import Model

from app.db import db


class Table(Model):
    """A table of the hub. `Kind.raw(sql, *parameters)` turns any statement that returns its columns into rows."""

    class Meta:
        database = db
        legacy_table_names = False
