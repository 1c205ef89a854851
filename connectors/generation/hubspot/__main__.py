"""Writes the HubSpot project of a hub that you host yourself.

    python -m connectors.generation.hubspot https://calls.example.com help@example.com FOLDER

It is the same project but for its addresses.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from connectors.generation.hubspot.emitter import project
from connectors.generation.hubspot.place import place_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 when the address is none that HubSpot would take."""
    parser = argparse.ArgumentParser(
        prog="python -m connectors.generation.hubspot", description="Write the HubSpot project of your own hub."
    )
    parser.add_argument("hub", help="where HubSpot reaches it, like https://calls.example.com")
    parser.add_argument("support_email", help="where people who installed the app can write to")
    parser.add_argument("folder", type=Path, help="where to write it")
    given = parser.parse_args(arguments)
    try:
        place = place_of(given.hub, given.support_email)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    for path, content in project(place).items():
        file = given.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        print(f"written: {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
