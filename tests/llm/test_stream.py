"""The model's stream against a real server that answers as models do, and worse."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.calls.ports import ModelFailed, Spoken
from app.config import ModelSettings
from app.llm.messages import ToolCall
from app.llm.stream import ModelStream
from app.llm.summary import ModelSummarizer

Behave = Callable[[BaseHTTPRequestHandler], None]
ASKED = [{"role": "user", "content": "Hello?"}]


@contextmanager
def model(behave: Behave, stall: float = 1.0) -> Iterator[tuple[ModelStream, list[dict[str, Any]], str]]:
    """A served model; the stream to it, the requests it got, and its base URL."""
    requests: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append(json.loads(body) | {"_authorization": self.headers["Authorization"]})
            behave(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/v1"
    stream = ModelStream(ModelSettings(url, "key", "small"), stall_seconds=stall)
    yield stream, requests, url
    stream.close()
    server.shutdown()
    server.server_close()


def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    return (
        b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}).encode() + b"\n\n"
    )


def sending(*parts: bytes | float) -> Behave:
    """A 200 with these bytes; a number is a pause in seconds."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        for part in parts:
            if isinstance(part, bytes):
                handler.wfile.write(part)
                handler.wfile.flush()
            else:
                time.sleep(part)

    return behave


DONE = b"data: [DONE]\n\n"


def test_text_comes_piece_by_piece() -> None:
    parts = (event({"role": "assistant", "content": ""}), event({"content": "Yes"}), event({"content": ", née"}))
    with model(sending(*parts, event({}, "stop"), DONE)) as (stream, requests, _):
        assert list(stream.answer(ASKED)) == ["Yes", ", née"]
    [request] = requests
    assert (request["model"], request["stream"], request["_authorization"]) == ("small", True, "Bearer key")


def test_what_no_table_can_hold_is_left_out() -> None:
    parts = (event({"content": "a\x00b"}), event({"content": "half \ud83d"}), event({"content": "whole 😀"}))
    with model(sending(*parts, event({}, "stop"), DONE)) as (stream, _, _):
        assert list(stream.answer(ASKED)) == ["ab", "half ?", "whole 😀"]


def test_the_space_after_data_may_be_missing() -> None:
    with model(sending(event({"content": "Yes"}).replace(b"data: ", b"data:"), DONE)) as (stream, _, _):
        assert list(stream.answer(ASKED)) == ["Yes"]


def test_an_error_that_is_null_is_none() -> None:
    said = b'data: {"error": null, "choices": [{"delta": {"content": "Yes"}}]}\n\n'
    with model(sending(said, DONE)) as (stream, _, _):
        assert list(stream.answer(ASKED)) == ["Yes"]


def test_events_may_arrive_cut_anywhere() -> None:
    whole = event({"content": "Yes"}) + b": keep-alive\n\n" + event({"content": " sir"}) + event({}, "stop") + DONE
    with model(sending(*(whole[place : place + 7] for place in range(0, len(whole), 7)))) as (stream, _, _):
        assert "".join(map(str, stream.answer(ASKED))) == "Yes sir"


def test_a_tool_comes_in_pieces_and_is_given_whole() -> None:
    pieces = [
        {"index": 0, "id": "c1", "function": {"name": "press_keys", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"ke'}},
        {"index": 0, "function": {"arguments": 'ys": "1"}'}},
    ]
    events = [event({"tool_calls": [piece]}) for piece in pieces]
    with model(sending(event({"content": "One moment."}), *events, event({}, "tool_calls"), DONE)) as (stream, _, _):
        assert list(stream.answer(ASKED)) == ["One moment.", ToolCall("press_keys", {"keys": "1"})]


def test_arguments_that_are_no_json_become_none() -> None:
    piece = {"index": 0, "function": {"name": "end_call", "arguments": "{oops"}}
    with model(sending(event({"tool_calls": [piece]}), event({}, "tool_calls"), DONE)) as (stream, _, _):
        assert list(stream.answer(ASKED)) == [ToolCall("end_call", {})]


def failing(status: int) -> Behave:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


@pytest.mark.parametrize(
    "behave",
    [
        failing(500),
        failing(401),
        failing(429),
        sending(event({"content": "Well"})),
        sending(b"data: {not json\n\n"),
        sending(b'data: {"error": {"message": "overloaded"}}\n\n'),
        sending(b"data: 17\n\n"),
        sending(event({"content": ["Well"]}), DONE),
        sending(event({"tool_calls": ["end_call"]}), DONE),
        sending(b'data: {"choices": ["Well"]}\n\n', DONE),
        sending(b"x" * 300_000),
        sending(event({"content": "Well"}), 1.0, event({}, "stop"), DONE),
        sending(b""),
    ],
    ids=[
        "500",
        "401",
        "429",
        "broken off",
        "no JSON",
        "error event",
        "no object",
        "no text",
        "no tool",
        "no choice",
        "endless line",
        "stall",
        "empty",
    ],
)
def test_a_model_that_fails_in_any_way_is_told_in_one_word(behave: Behave) -> None:
    with model(behave, stall=0.3) as (stream, _, _), pytest.raises(ModelFailed):
        list(stream.answer(ASKED))


def test_a_model_that_is_not_there_has_failed() -> None:
    with pytest.raises(ModelFailed):
        list(ModelStream(ModelSettings("http://127.0.0.1:1/v1", "key", "m"), stall_seconds=0.5).answer(ASKED))


def test_an_answer_may_be_left_in_the_middle_and_the_next_one_works() -> None:
    parts = [event({"content": f"{number} "}) for number in range(50)]
    with model(sending(*parts, event({}, "stop"), DONE)) as (stream, _, _):
        pieces = stream.answer(ASKED)
        assert next(pieces) == "0 "
        pieces.close()
        assert len(list(stream.answer(ASKED))) == 50


def test_a_greeting_that_is_empty_is_none() -> None:
    with model(sending(event({"content": " "}), event({}, "stop"), DONE)) as (stream, _, _), pytest.raises(ModelFailed):
        stream.text(ASKED)


def summing(content: object) -> Behave:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        body = json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        handler.wfile.write(body.encode())

    return behave


def test_a_summary_is_asked_for_by_schema_with_what_was_said() -> None:
    with model(summing('{"summary": " All is well. "}')) as (_, requests, url):
        made = ModelSummarizer(ModelSettings(url, "key", "m")).summarize(
            "Ask.", "Joe", [Spoken("human", "All is well.")]
        )
    assert made == "All is well."
    [request] = requests
    assert request["response_format"]["json_schema"]["strict"] is True
    assert "human: All is well." in request["messages"][1]["content"]


def test_a_summary_holds_only_what_a_table_can() -> None:
    with model(summing('{"summary": "All \\u0000is \\ud83d well."}')) as (_, _, url):
        made = ModelSummarizer(ModelSettings(url, "key", "m")).summarize("Ask.", None, [])
    assert made == "All is ? well."


@pytest.mark.parametrize("content", ["", "no json", "{}", '{"summary": ""}', '{"summary": 5}', None])
def test_a_summary_that_cannot_be_used_is_a_failure(content: object) -> None:
    with model(summing(content)) as (_, _, url), pytest.raises(ModelFailed):
        ModelSummarizer(ModelSettings(url, "key", "m")).summarize("Ask.", None, [])
