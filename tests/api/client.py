"""A client of the API that checks every answer against the contract: the schema of its route and status."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.api.codes import CODES
from app.api.openapi.listing import Operation, described
from app.web.validation import BASE, registry

PREFIX = "/api/v1"


class Client:
    """One API key's view of the hub; `key` None sends none."""

    def __init__(self, app: Flask, key: str | None) -> None:
        self.app = app
        self.key = key
        self._http: FlaskClient = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.ask("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self.ask("POST", path, json=json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self.ask("PUT", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.ask("DELETE", path, **options)

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        sent = {"X-API-Key": self.key} if self.key else {}
        if options.get("json") is None:
            options.pop("json", None)
        response = self._http.open(PREFIX + path, method=method, headers=sent | (headers or {}), **options)
        assert response.headers["X-Request-Id"]
        self._check(method, path, response.status_code, response.get_json())
        return response

    def _check(self, method: str, path: str, status: int, content: Any) -> None:
        operation = self._operation(method, path)
        if status >= 400:
            validate("error", content)
            code = content["code"]
            if operation is not None:
                assert code in operation.codes, f"{operation.name} does not say that it refuses with {code}"
                assert CODES[code].status == status
        else:
            assert operation is not None, f"{method} {path} answered {status} without a route"
            assert operation.contract.status == status
            validate(operation.contract.answer, content)

    def _operation(self, method: str, path: str) -> Operation | None:
        """What is asked for, as the OpenAPI document describes it; None when there is no such route."""
        rules = self.app.url_map.bind("localhost")
        try:
            rule, _ = rules.match(PREFIX + path.partition("?")[0], method, return_rule=True)
        except HTTPException:
            return None
        view = self.app.view_functions[rule.endpoint]
        return described(method, rule.rule, view) if hasattr(view, "contract") else None


def validate(schema: str, content: Any) -> None:
    """Raises ValidationError when `content` does not fit the schema file of that name."""
    found = registry().contents(f"{BASE}{schema}.json")
    checker = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(found, registry=registry(), format_checker=checker).validate(content)


def refusal(response: TestResponse) -> tuple[int, str, str | None]:
    """Status, code and field of an error."""
    told = response.get_json()
    return response.status_code, told["code"], told.get("field")
