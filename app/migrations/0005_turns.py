"""Accounts' turns in dialling, apart from the accounts."""

from typing import Any

STATEMENTS = """
-- when an account was last served: not in its row, which a batch locks for as long as it is accepted. The column there
-- stays as long as processes of the version before may run: it is theirs
CREATE TABLE dial_turn (
    account_id uuid PRIMARY KEY REFERENCES account (id),
    dialled_at timestamptz NOT NULL
);
INSERT INTO dial_turn (account_id, dialled_at)
SELECT id, last_dialled_at FROM account WHERE last_dialled_at IS NOT NULL;
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            database.execute_sql(statement)
