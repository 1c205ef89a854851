"""The operations of the API, read off its Flask routes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import Flask

from app.api.application import NOUNS
from app.api.codes import common
from app.api.operation import Contract, View

_VARIABLE: Final = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Operation:
    """`path` has its variables as `{callId}`; `variables` are their names in Python, `call_id`.

    `words` is the view's docstring: a first line that sums up, and perhaps more after an empty line.
    """

    method: str
    path: str
    variables: tuple[str, ...]
    name: str
    words: str
    contract: Contract

    @property
    def codes(self) -> tuple[str, ...]:
        """Every error code that it may answer with."""
        asks = self.contract.query is not None
        return common(self.method, names_something=bool(self.variables), asks_something=asks) + self.contract.refuses


def operations() -> list[Operation]:
    """Every operation, in the order in which the routes stand in the code."""
    app = Flask(__name__)
    for noun in NOUNS:
        app.register_blueprint(noun)
    return list(listed(app))


def listed(app: Flask) -> Iterator[Operation]:
    """Those routes of an application that have a contract."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if hasattr(view, "contract"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield described(method, rule.rule, view)


def described(method: str, rule: str, view: View) -> Operation:
    """The operation of a view with a contract; `rule` as in Flask, with variables like `<uuid:call_id>`."""
    path = _VARIABLE.sub(lambda found: f"{{{camel_case(found[1])}}}", rule)
    contract: Contract = view.contract  # type: ignore[attr-defined]
    return Operation(method, path, tuple(_VARIABLE.findall(rule)), view.__name__, view.__doc__ or "", contract)


def camel_case(name: str) -> str:
    """`call_id` becomes `callId`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
