"""What the sandbox is told at its start."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """`speed` 1.0 is real time; 40 makes a call forty times as fast. The auth token is the model's key, too."""

    account_sid: str
    auth_token: str
    speed: float = 1.0
