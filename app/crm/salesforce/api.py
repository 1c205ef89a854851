"""The requests to Salesforce's REST API that we make, over a connection's Line."""

from collections.abc import Mapping
from typing import Any, Final

from app.crm.failures import Gone, Later, Refused
from app.crm.platform import Answer, Line
from app.crm.salesforce.failing import reading_of

VERSION: Final = "v65.0"
ROOT: Final = f"/services/data/{VERSION}"
_NO_VERSION: Final = f"This organisation does not offer version {VERSION} of the API, or no API at all."


class Api:
    """Raises what `app.crm.failures` lists."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def query(self, soql: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        """The records of a query, of its first page alone; with `deleted` those in the bin and the archive, too."""
        path = f"{ROOT}/{'queryAll' if deleted else 'query'}"
        try:
            answer = self._line.get(path, params={"q": soql})
        except Gone:
            raise Refused(_NO_VERSION, 404) from None
        return _records(answer, "records")

    def describe(self, name: str) -> list[dict[str, Any]]:
        """The fields of an object."""
        return _records(self._line.get(f"{ROOT}/sobjects/{name}/describe"), "fields")

    def publish(self, event: str, fields: Mapping[str, Any]) -> None:
        """Publish a platform event: it is sent in either mode of the connection."""
        _made(self._line.ask("POST", f"{ROOT}/sobjects/{event}", json=fields))

    def insert(self, name: str, fields: Mapping[str, Any], *, unsent: str) -> str:
        """A new record; its id, which is `unsent` where the connection writes nothing."""
        taken = {"id": unsent, "success": True, "errors": []}
        return _made(self._line.write("POST", f"{ROOT}/sobjects/{name}", json=fields, unsent=taken))


def _records(answer: Answer, name: str) -> list[dict[str, Any]]:
    found = answer.json.get(name) if isinstance(answer.json, dict) else None
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise Later(f"Salesforce answered without {name}.", answer.status)
    return found


def _made(answer: Answer) -> str:
    """The id of what was made. `errors` may tell of a success, too (OPERATION_ENQUEUED)."""
    made = answer.json if isinstance(answer.json, dict) else {}
    if made.get("success") is True:
        return str(made.get("id") or "")
    odd = Later("Salesforce answered without success.", answer.status)
    raise reading_of(400, made.get("errors")) or odd
