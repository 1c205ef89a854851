"""E-mails to the owners of accounts, sent to a real SMTP server."""

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import pytest

from app.config import Settings
from app.db import db, execute, rows
from app.notices import Mailer, send, write
from tests.making import an_account
from tests.webhooks.support import FAILED, a_webhook, an_event, attempt

pytestmark = pytest.mark.usefixtures("database")


class Post(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client that sends one message needs."""

    received: ClassVar[list[str]] = []
    refusing: ClassVar[bool] = False

    def handle(self) -> None:
        self._say("220 post")
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == "DATA":
                self._say("354 go on")
                self.received.append(self._message())
            if word == "MAIL" and self.refusing:
                self._say("451 not now")
            else:
                self._say("250 ok")

    def _message(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        return "\n".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mailing(settings: Settings) -> Iterator[Settings]:
    Post.received.clear()
    Post.refusing = False
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Post) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        port = server.server_address[1]
        yield replace(
            settings, smtp_host="127.0.0.1", smtp_port=port, smtp_from="hub@example.com", smtp_security="none",
            webhook_disable_span_seconds=0,
        )  # fmt: skip
        server.shutdown()


def test_a_webhook_that_fails_and_is_disabled_is_told_to_its_owner(mailing: Settings) -> None:
    account = an_account(email="jane@example.com")
    a_webhook(account, mailing)
    an_event(account, mailing)
    attempt(mailing, *[FAILED] * 10)
    subjects = [row["subject"] for row in rows("SELECT subject FROM notice ORDER BY created_at")]
    assert subjects == ["A webhook is failing", "A webhook was disabled"]


def test_a_notice_is_sent_once(mailing: Settings) -> None:
    write(an_account(email="jane@example.com").id, "Look", "It is so.", mailing)
    mailer = Mailer(mailing)
    assert (mailer.step(), mailer.step()) == (True, False)
    [message] = Post.received
    assert "To: jane@example.com" in message
    assert "Subject: Look" in message
    assert "Date: " in message
    assert "It is so." in message


def test_a_server_that_does_not_take_it_is_tried_again(mailing: Settings) -> None:
    Post.refusing = True
    write(an_account(email="jane@example.com").id, "Look", "It is so.", mailing)
    mailer = Mailer(mailing)
    assert mailer.step()
    assert rows("SELECT attempts, due_at > now() AS later FROM notice") == [{"attempts": 1, "later": True}]
    Post.refusing = False
    execute("UPDATE notice SET due_at = now()")
    assert mailer.step()
    assert (rows("SELECT 1 FROM notice"), len(Post.received)) == ([], 1)


@pytest.mark.parametrize("email", [None, "jane@example.com"])
def test_without_an_address_or_a_mail_server_nothing_is_written(settings: Settings, email: str | None) -> None:
    write(an_account(email=email).id, "Look", "It is so.", settings)
    assert rows("SELECT 1 FROM notice") == []


def test_an_address_is_written_to_without_an_account(mailing: Settings) -> None:
    send("ann@example.com", "Confirm", "Open this link.", mailing)
    assert Mailer(mailing).step()
    [message] = Post.received
    assert "To: ann@example.com" in message
    assert "Open this link." in message
    assert rows("SELECT 1 FROM notice") == []


def test_an_address_is_kept_to_whatever_the_account_says_meanwhile(mailing: Settings) -> None:
    account = an_account(email="jane@example.com")
    send("jane@example.com", "Changed", "It was changed.", mailing)
    write(account.id, "Look", "It is so.", mailing)
    execute("UPDATE account SET email = 'new@example.com'")
    mailer = Mailer(mailing)
    while mailer.step():
        pass
    assert sorted(line for message in Post.received for line in message.split("\n") if line.startswith("To:")) == [
        "To: jane@example.com", "To: new@example.com",
    ]  # fmt: skip


def test_without_a_mail_server_an_address_is_written_to_the_log_in_one_line(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    send("ann@example.com", "Confirm", "Open this link:\n\nhttp://hub.example/links/x\n", settings)
    assert "e-mail to ann@example.com: Open this link: http://hub.example/links/x" in caplog.messages
    assert rows("SELECT 1 FROM notice") == []


def test_nothing_is_written_to_the_log_for_what_was_rolled_back(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with db.atomic() as transaction:
        send("ann@example.com", "Confirm", "Open this link.", settings)
        assert caplog.messages == []
        transaction.rollback()
    assert caplog.messages == []


def test_a_name_cannot_add_headers(mailing: Settings) -> None:
    send("ann@example.com", "You are invited", "To the account\r\nBcc: all@example.com\r\n.\r\nQUIT", mailing)
    assert Mailer(mailing).step()
    headers, _, _ = Post.received[0].partition("\n\n")
    assert "Bcc" not in headers
