"""JSON answers."""

import json
from typing import Any

from flask import Response

from app.errors import AppError


def encode(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def answer(content: Any, status: int = 200) -> Response:
    return Response(encode(content), status, content_type="application/json")


def error_object(error: AppError) -> dict[str, Any]:
    """`{"error", "code"}`, with `field` where one is to blame and whatever else the error tells."""
    told = {"error": error.message, "code": error.code}
    if error.field:
        told["field"] = error.field
    return told | error.details
