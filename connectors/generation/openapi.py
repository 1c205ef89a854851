"""The OpenAPI documents: the whole one, which the hub serves, and the one that Salesforce can read."""

from typing import Final

from app.api.openapi.document import document, text
from app.api.openapi.listing import operations
from connectors.generation.external_services import NAME, registration, trimmed

FOLDERS: Final[tuple[str, ...]] = ()

_SALESFORCE: Final = "connectors/salesforce"
_REGISTRATIONS: Final = f"{_SALESFORCE}/force-app/main/generated/externalServiceRegistrations"


def files() -> dict[str, str]:
    whole = document(operations())
    salesforce = trimmed(whole)
    return {
        "app/api/reference/openapi.json": text(whole),
        f"{_SALESFORCE}/openapi-external-services.json": text(salesforce),
        f"{_REGISTRATIONS}/{NAME}.externalServiceRegistration-meta.xml": registration(salesforce),
    }
