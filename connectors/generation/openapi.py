"""The OpenAPI documents: the whole one, which the hub serves, and the one that Salesforce can read."""

from typing import Final

from app.api.openapi.document import document, text
from app.api.openapi.listing import operations
from connectors.generation.external_services import trimmed

FOLDERS: Final[tuple[str, ...]] = ()


def files() -> dict[str, str]:
    whole = document(operations())
    return {
        "app/api/reference/openapi.json": text(whole),
        "connectors/salesforce/openapi-external-services.json": text(trimmed(whole)),
    }
