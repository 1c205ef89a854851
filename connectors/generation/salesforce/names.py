"""What things are called in the package."""

from typing import Final

from connectors.generation.contract import Field
from connectors.generation.words import snake_case

NAMESPACE: Final = "http://soap.sforce.com/2006/04/metadata"
API_VERSION: Final = "65.0"
FOLDER: Final = "connectors/salesforce/force-app/main/generated"
EVENT: Final = "Call_Completed__e"
CREDENTIAL: Final = "Mio_Hub"


def column(found: Field) -> str:
    """A field of the platform event: `answeredBy` is `Answered_By__c`, `answer1` is `Answer_1__c`."""
    return "_".join(word.capitalize() for word in snake_case(found.name).split("_")) + "__c"
