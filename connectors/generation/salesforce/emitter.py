"""The generated files of the Salesforce package, but for what follows from the routes (see `external_services`)."""

from typing import Final

from connectors.generation.salesforce import apex, event, flow
from connectors.generation.salesforce.names import FOLDER

FOLDERS: Final = (FOLDER,)


def files() -> dict[str, str]:
    """Path to content."""
    return event.files() | apex.files() | flow.files()
