"""The WSGI applications: `wsgi:app` (the API), `wsgi:voice` and `wsgi:sandbox`.

Each is made when it is asked for, so that a process composes only what it uses.
"""

import importlib

from flask import Flask

from app.config import load

_ROOTS = {
    "app": ("app.processes.api", "create_app"),
    "voice": ("app.processes.voice", "create_voice"),
    "sandbox": ("app.processes.sandbox", "create_sandbox_process"),
}


def __getattr__(name: str) -> Flask:
    if name not in _ROOTS:
        raise AttributeError(name)
    module, function = _ROOTS[name]
    made: Flask = getattr(importlib.import_module(module), function)(load())
    globals()[name] = made
    return made
