"""What every test may ask for: a real PostgreSQL, a real Redis, and the settings that name them."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from zlib import crc32

import pytest
from cryptography.fernet import Fernet
from playhouse.pool import PooledPostgresqlDatabase

from app import db as hub_db
from app.config import Settings
from tests.crm.clouds import MISSING, PLATFORMS, Clouds, settings_of, standing
from tests.crm.contract.site import Site
from tests.hub import Hub, running_hub
from tests.receiving import Receiver
from tests.services import TEMPLATE, Sweeper, fresh_database, redis_database, servers, template

_run = ExitStack()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz", choices=("few", "many"), default="few", help="how much the API and the pages are asked")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start what all workers share, in the process that starts them."""
    if hasattr(session.config, "workerinput") or session.config.option.collectonly:
        return
    database_url, redis_url = _run.enter_context(servers())
    os.environ.update(DATABASE_URL=database_url, REDIS_URL=redis_url)
    os.environ[TEMPLATE] = _run.enter_context(template(database_url))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    _run.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why tests were skipped, and so how to have them run."""
    reasons = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ()))
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} skipped: {reason.removeprefix('Skipped: ')}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a hub run in the same worker, so that there are two hubs and not one for each worker."""
    for item in items:
        if "hub" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(f"hub-{crc32(item.path.name.encode()) % 2}"))


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """0, 1, … for the workers of one run."""
    worker: str = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return int(worker.removeprefix("gw"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database with the hub's tables, for this worker alone. `database` empties it after each test."""
    with fresh_database(os.environ["DATABASE_URL"], f"mio_test_{os.getpid()}", os.environ[TEMPLATE]) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(worker_number: int) -> str:
    """A Redis database for this worker alone."""
    return redis_database(os.environ["REDIS_URL"], worker_number)


@pytest.fixture(scope="session")
def settings(postgres_url: str, redis_url: str) -> Settings:
    """Settings for tests: this worker's servers, no live carrier, webhooks to http://127.0.0.1 allowed."""
    return Settings(
        database_url=postgres_url,
        redis_url=redis_url,
        encryption_keys=Fernet.generate_key().decode(),
        sandbox_auth_token="5a" * 16,
        sandbox_speed=40.0,
        webhook_allow_http_loopback=True,
    )


@pytest.fixture(scope="session")
def clouds() -> Iterator[Clouds]:
    """What stands for the cloud of each CRM."""
    with standing() as found:
        yield found


@pytest.fixture(scope="session")
def hub(clouds: Clouds) -> Iterator[Hub]:
    """A whole hub of running processes. It is shared: make an account of your own, and start again what you stop."""
    with (
        fresh_database(os.environ["DATABASE_URL"], f"mio_hub_{os.getpid()}", os.environ[TEMPLATE]) as url,
        running_hub(url, **settings_of(clouds)) as running,
    ):
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that collects webhooks."""
    with Receiver() as listening:
        yield listening


@pytest.fixture(scope="session")
def _bound(settings: Settings) -> Iterator[Sweeper]:
    hub_db.init(settings.database_url, pool=32, wait_seconds=5)
    sweeper = Sweeper(settings.database_url)
    yield sweeper
    sweeper.close()
    hub_db.db.close_all()


@pytest.fixture
def database(_bound: Sweeper) -> Iterator[PooledPostgresqlDatabase]:
    """`app.db.db`, connected in the test's thread to an empty database."""
    with hub_db.db.connection_context():
        yield hub_db.db
    _bound.sweep()


@pytest.fixture(params=list(PLATFORMS))
def site(request: pytest.FixtureRequest, hub: Hub, clouds: Clouds) -> Iterator[Site]:
    """One CRM, with an account that has not connected it yet; disconnected when the test is over."""
    key = request.param
    if key not in clouds:
        pytest.fail(MISSING.format(key=key))
    made = Site(hub, clouds[key], PLATFORMS[key], hub.account(balance=5000))
    yield made
    made.clear()
