"""Answers that take their connection along: where that is offered, and what they get."""

import socket
import ssl
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from app.processes.handing_over import Taking, handing_over
from app.web.taking import HANDS_OVER, Taker


class Keeper:
    def close(self) -> None:
        pass


class Answer(Taker):
    def take(self, sock: socket.socket, head: bytes) -> None:
        pass


def takes(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked")])
    return Answer(Keeper())


def tells(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [str(environ[HANDS_OVER]).encode()]


def nothing(*_: Any) -> Any:
    return None


def test_an_answer_that_takes_the_connection_gets_the_head_of_a_response_that_ends_with_it() -> None:
    with pytest.raises(Taking) as taking:
        handing_over(takes)({}, nothing)
    status, *lines = taking.value.head.decode().removesuffix("\r\n\r\n").split("\r\n")
    assert status == "HTTP/1.1 200 OK"
    assert dict(line.split(": ", 1) for line in lines).keys() == {"Date", "Connection", "Content-Type"}
    assert "Connection: close" in lines


def test_any_other_answer_is_left_alone() -> None:
    assert handing_over(tells)({}, nothing) == [b"True"]


def test_streams_of_http_2_are_not_handed_over() -> None:
    assert handing_over(tells)({"HTTP_VERSION": "2"}, nothing) == [b"False"]


def test_a_connection_that_is_encrypted_here_is_not_handed_over() -> None:
    ours, theirs = socket.socketpair()
    with (
        theirs,
        ssl.create_default_context().wrap_socket(ours, do_handshake_on_connect=False, server_hostname="x") as tls,
    ):
        assert handing_over(tells)({"gunicorn.socket": tls}, nothing) == [b"False"]


def test_a_server_that_knows_nothing_of_it_ends_the_response_at_once() -> None:
    assert list(takes({}, nothing)) == []
