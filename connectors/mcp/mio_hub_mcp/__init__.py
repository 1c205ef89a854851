"""Mio Hub for AI agents: a server of the Model Context Protocol whose tools place phone calls and wait for them."""

from typing import Final

__version__: Final = "0.1.0"
