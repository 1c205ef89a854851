"""What `make run` is asked for by the environment, and the environment that it gives its children."""

import base64
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from app.config import Settings
from app.dev import ports
from app.dev.keeping import kept
from app.dev.ports import HOST, Port
from app.dev.processes import Threads

_LOOPBACK = "127.0.0.1,localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where everything will be. `database_url` and `redis_url` are empty when ours are to be started."""

    given: Mapping[str, str]
    folder: Path
    api: Port
    voice: Port
    sandbox: Port
    receiver: Port
    postgres: Port
    redis: Port
    database_url: str
    redis_url: str
    demo: bool

    @property
    def ports(self) -> list[Port]:
        """Those that will be listened on."""
        own = [] if self.database_url else [self.postgres]
        own += [] if self.redis_url else [self.redis]
        return [self.api, self.voice, self.sandbox, *([self.receiver] if self.demo else []), *own]

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.api.number}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def threads(self) -> Threads:
        """Room for every call that the voice process admits, and for the carrier's callbacks beside them."""
        calls = int(self.given.get("VOICE_MAX_CALLS") or 100)
        return Threads(api=int(self.given.get("API_THREADS") or 16), voice=calls + 28, sandbox=calls + 28)

    def environment(self, database_url: str, redis_url: str) -> dict[str, str]:
        """For the hub's processes: what was given, where everything is, and secrets made once and kept."""
        defaults = {
            "ENCRYPTION_KEYS": kept(self.folder / "encryption-keys", _fernet_key),
            "SANDBOX_AUTH_TOKEN": kept(self.folder / "sandbox-auth-token", lambda: secrets.token_hex(16)),
            "API_PUBLIC_URL": self.url,  # a tunnel's PUBLIC_URL leads to the voice process, not to pages
            "SANDBOX_SPEED": "3",
            "SANDBOX_URL": f"http://{HOST}:{self.sandbox.number}",
            "SANDBOX_CALLBACK_URL": f"http://{HOST}:{self.voice.number}",
            "WEBHOOK_ALLOW_HTTP_LOOPBACK": "1",
        }
        chosen = {name: value for name, value in self.given.items() if value.strip()}
        own = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "PYTHONUNBUFFERED": "1"}
        return defaults | chosen | own | _no_proxy(self.given)

    def shell(self, environment: Mapping[str, str]) -> str:
        """Every setting in it, for `. var/hub.env` in any shell: the operator's commands then run as the hub does."""
        settings = {field.name.upper() for field in fields(Settings)}
        return "".join(
            f"export {name}={shlex.quote(value)}\n" for name, value in sorted(environment.items()) if name in settings
        )


def plan(given: Mapping[str, str], folder: Path) -> Plan:
    """Read what is asked for. Raises CannotStart when a port is no port."""
    return Plan(
        given=given,
        folder=folder,
        api=ports.read(given, "API_PORT", "API", 8000),
        voice=ports.read(given, "VOICE_PORT", "voice", 8001),
        sandbox=ports.read(given, "SANDBOX_PORT", "sandbox", 8002),
        receiver=ports.read(given, "RECEIVER_PORT", "webhook receiver", 8003),
        postgres=ports.read(given, "POSTGRES_PORT", "PostgreSQL", 8004),
        redis=ports.read(given, "REDIS_PORT", "Redis", 8005),
        database_url=given.get("DATABASE_URL", "").strip(),
        redis_url=given.get("REDIS_URL", "").strip(),
        demo=given.get("RUN_DEMO", "").strip().lower() not in ("0", "no", "false"),
    )


def _fernet_key() -> str:
    """32 random bytes in URL-safe base64 (the Fernet specification), without loading the library that uses it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _no_proxy(given: Mapping[str, str]) -> dict[str, str]:
    """A proxy for the way out must not be asked for what is on this machine."""
    return {name: ",".join(filter(None, (given.get(name, ""), _LOOPBACK))) for name in ("NO_PROXY", "no_proxy")}
