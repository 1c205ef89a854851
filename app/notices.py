"""E-mails to the owners of accounts: kept in a table with their cause, and sent over SMTP.

Where there is no mail server, what an address is sent (links, mostly) is written to the log, so that who runs the hub
can pass it on; what an account is told (of its webhooks, whose URLs are no business of a log) is not.
"""

import logging
import smtplib
import ssl
import threading
from contextlib import closing
from email.message import EmailMessage
from typing import Any, Final
from uuid import UUID, uuid4

from peewee import DatabaseError, InterfaceError
from playhouse.pool import MaxConnectionsExceeded

from app.config import Settings
from app.db import db, execute, rows
from app.times import now

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 5.0
TIMEOUT_SECONDS: Final = 15.0
LEASE_SECONDS: Final = 180  # longer than a conversation with a slow server
MOST_ATTEMPTS: Final = 8
RETRY_SECONDS: Final = 60

_WRITE: Final = """
INSERT INTO notice (id, account_id, subject, text)
SELECT %s, id, %s, %s FROM account WHERE id = %s AND email IS NOT NULL
"""
_SEND: Final = "INSERT INTO notice (id, email, subject, text) VALUES (%s, %s, %s, %s)"
_CLAIM: Final = """
WITH claimed AS (
    UPDATE notice SET due_at = now() + %s * interval '1 second', attempts = attempts + 1 WHERE id IN (
        SELECT id FROM notice WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING id, account_id, email, subject, text, attempts
)
SELECT n.id, n.subject, n.text, n.attempts, coalesce(n.email, a.email) AS email
FROM claimed n LEFT JOIN account a ON a.id = n.account_id
"""


def write(account_id: UUID, subject: str, text: str, settings: Settings) -> None:
    """Have an account told, within the caller's transaction, if it has an address and there is a mail server."""
    if settings.smtp_host:
        execute(_WRITE, (uuid4(), subject, text, account_id))


def send(email: str, subject: str, text: str, settings: Settings) -> None:
    """Have this address told, within the caller's transaction."""
    if settings.smtp_host:
        execute(_SEND, (uuid4(), email, subject, text))
    else:
        _log(email, text)


def _log(email: str, text: str) -> None:
    line = " ".join(text.split())
    db.after_commit(lambda: log.warning("e-mail to %s: %s", email, line))


class Mailer:
    """Sends what is due, one e-mail at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def start(self) -> None:
        """Work on a thread of its own, if there is a mail server."""
        if self._settings.smtp_host:
            threading.Thread(target=self._run, name="mailer", daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            try:
                while self.step():
                    pass
            except (DatabaseError, InterfaceError, MaxConnectionsExceeded) as error:
                log.warning("notices wait for the database: %s", error)
            except Exception:
                log.exception("a notice could not be sent, for a bug of ours")  # its lease keeps the next ones going
            pause.wait(LOOK_SECONDS)

    def step(self) -> bool:
        """Send the next e-mail that is due; False when there is none."""
        with db.connection_context():
            claimed = rows(_CLAIM, (LEASE_SECONDS,))
        for notice in claimed:
            sent = self._sent(notice)
            with db.connection_context():
                if sent or notice["attempts"] >= MOST_ATTEMPTS:
                    execute("DELETE FROM notice WHERE id = %s", (notice["id"],))
                else:
                    delay = RETRY_SECONDS * 2 ** notice["attempts"]
                    execute(
                        "UPDATE notice SET due_at = now() + %s * interval '1 second' WHERE id = %s",
                        (delay, notice["id"]),
                    )
        return bool(claimed)

    def _sent(self, notice: dict[str, Any]) -> bool:
        message = EmailMessage()
        message["From"], message["To"] = self._settings.smtp_from, notice["email"]
        message["Subject"] = notice["subject"]
        message["Date"] = now()
        message["Message-ID"] = f"<{notice['id']}@mio-hub>"
        message.set_content(notice["text"])
        try:
            with closing(self._server()) as server:  # not its own block, which fails when the goodbye is not answered
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("notice %s not sent yet: %s", notice["id"], error)
            return False
        return True

    def _server(self) -> smtplib.SMTP:
        settings, secure = self._settings, ssl.create_default_context()
        place = (settings.smtp_host, settings.smtp_port)
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=TIMEOUT_SECONDS, context=secure)
        else:
            server = smtplib.SMTP(*place, timeout=TIMEOUT_SECONDS)
        if settings.smtp_security == "starttls":
            server.starttls(context=secure)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        return server
