"""The command `mio-hub-mcp`."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

import anyio
from mcp.server.stdio import stdio_server

from mio_hub_mcp import __version__
from mio_hub_mcp.http import Listening, serve
from mio_hub_mcp.server import server
from mio_hub_mcp.settings import Settings, WrongSetting, read

_ABOUT: Final = "Gives AI agents the phone: tools of the Model Context Protocol that place calls through Mio Hub."
_ENVIRONMENT: Final = f"""\
environment:
  MIO_API_KEY             the key of Mio Hub; a key that begins with sk_test_ rings nobody's phone.
                          With http each client may send its own instead (X-API-Key, or Authorization: Bearer),
                          and must when it listens on more than this machine.
  MIO_URL                 the hub, if it is not https://api.mio.gg; the key is sent there
  MIO_WAIT_SECONDS        how long a tool waits for a call when the agent does not say ({Settings.wait_seconds})
  MIO_WAITS               how many tools wait at once, at most ({Settings.waits})
  MIO_WAITS_FOR_EACH_KEY  likewise, with one key ({Settings.waits_for_each_key})
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 2 for a wrong option or setting."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("mio_hub_mcp").setLevel(logging.INFO)
    try:
        settings = read(os.environ)
        if options.transport == "http":
            hosts, origins = tuple(options.allowed_host), tuple(options.allowed_origin)
            serve(settings, Listening(options.host, options.port, hosts, origins))
        else:
            anyio.run(_over_stdio, settings)
    except WrongSetting as wrong:
        print(f"mio-hub-mcp: {wrong}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


async def _over_stdio(settings: Settings) -> None:
    if settings.api_key is None:
        print("mio-hub-mcp: MIO_API_KEY is not set; every tool will say so.", file=sys.stderr)
    running = server(settings, lambda _: settings.api_key)
    async with stdio_server() as (incoming, outgoing):
        await running.run(incoming, outgoing, running.create_initialization_options())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mio-hub-mcp", description=_ABOUT, epilog=_ENVIRONMENT, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "transport",
        nargs="?",
        choices=("stdio", "http"),
        default="stdio",
        help="stdio (the default): one client, which started this process\nhttp: streamable HTTP, for many clients",
    )
    parser.add_argument("--host", default="127.0.0.1", help="where http listens (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8765, help="its port (8765)")
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME[:PORT]",
        help="a Host header to let in beside this machine's own names; can be repeated",
    )
    parser.add_argument(
        "--allowed-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="an Origin header to let in, for clients in a browser; can be repeated",
    )
    parser.add_argument("--version", action="version", version=f"mio-hub-mcp {__version__} (mcp {version('mcp')})")
    return parser
