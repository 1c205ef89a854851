"""How many files a process may have open: sockets are files, and some systems start with 256."""

import resource
from typing import Final

SPARE: Final = 500  # the database, Redis, logs, and what a process has beside its many connections


def allow(number: int) -> None:
    """Let this process have so many files open, and SPARE, as far as the system lets it."""
    wanted, (soft, hard) = number + SPARE, resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
