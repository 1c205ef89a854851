"""JSON answers."""

import json
from typing import Any

from flask import Response


def encode(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def answer(content: Any, status: int = 200) -> Response:
    return Response(encode(content), status, content_type="application/json")
