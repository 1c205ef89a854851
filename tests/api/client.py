"""A client of the API that checks every answer against the contract: the schema of its route and status."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.api.validation import BASE, registry

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
        validate(self._schema(method, path, response.status_code), response.get_json())
        return response

    def _schema(self, method: str, path: str, status: int) -> str:
        if status >= 400:
            return "error"
        rules = self.app.url_map.bind("localhost")
        try:
            endpoint, _ = rules.match(PREFIX + path.partition("?")[0], method)
        except HTTPException as error:
            raise AssertionError(f"{method} {path} answered {status} without a route") from error
        contract = self.app.view_functions[endpoint].contract
        assert contract.status == status
        name: str = contract.answer
        return name


def validate(schema: str, content: Any) -> None:
    """Raises ValidationError when `content` does not fit the schema file of that name."""
    found = registry().contents(f"{BASE}{schema}.json")
    checker = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(found, registry=registry(), format_checker=checker).validate(content)


def refusal(response: TestResponse) -> tuple[int, str, str | None]:
    """Status, code and field of an error."""
    told = response.get_json()
    return response.status_code, told["code"], told.get("field")
