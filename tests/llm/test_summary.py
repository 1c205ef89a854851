"""Whatever a model answers when it is asked for a summary is one, or ModelFailed."""

import json
from http.server import BaseHTTPRequestHandler

import pytest

from app.calls.ports import ModelFailed
from app.config import ModelSettings
from app.llm.summary import MAX_SUMMARY, ModelSummarizer
from tests.llm.test_stream import Behave, model, summing


def answering(body: bytes, content_type: str = "application/json", status: int = 200) -> Behave:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def summary_of(behave: Behave) -> str:
    with model(behave) as (_, _, url):
        return ModelSummarizer(ModelSettings(url, "key", "m")).summarize("Ask.", None, [])


@pytest.mark.parametrize(
    "behave",
    [
        answering(b"<h1>Welcome</h1>", "text/html"),
        answering(b""),
        answering(b"not json"),
        answering(b"\xff\xfe\xfd"),
        answering(b"null"),
        answering(b"[]"),
        answering(b'{"choices": null}'),
        answering(b'{"choices": [5]}'),
        answering(b'{"choices": [{"message": "text"}]}'),
        answering(b"[" * 100_000),
        answering(b'{"error": {"message": "overloaded"}}', status=500),
        summing("[" * 100_000),
        summing({"summary": "not a text"}),
        summing('["summary"]'),
        summing('{"summary": "\\u0000 "}'),
    ],
)
def test_an_answer_that_cannot_be_read_is_a_failure(behave: Behave) -> None:
    with pytest.raises(ModelFailed):
        summary_of(behave)


def test_a_failure_is_not_asked_for_again_here() -> None:
    with model(answering(b"{}", status=500)) as (_, requests, url), pytest.raises(ModelFailed):
        ModelSummarizer(ModelSettings(url, "key", "m")).summarize("Ask.", None, [])
    assert len(requests) == 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Open \ud83d until six.", "Open ? until six."),
        ("Open\x00 until six.", "Open until six."),
        ("x" * 3000, "x" * MAX_SUMMARY),
    ],
)
def test_a_summary_can_be_stored(said: str, kept: str) -> None:
    assert summary_of(summing(json.dumps({"summary": said}))).encode() == kept.encode()
