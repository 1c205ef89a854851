"""The doorbell: wakes the worker's lanes through Redis. The only importer of rq.

What must happen stands in the tables; a ring may be lost, and costs a second then. `ring` never waits and never
fails: a thread of its own talks to Redis, and rings that come while it does are folded into one.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Literal

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, SimpleWorker

Lane = Literal["place", "finish", "webhooks"]
LANES: Final[tuple[Lane, ...]] = ("place", "finish", "webhooks")
DRAIN_SECONDS: Final = 30
FOLD_SECONDS: Final = 0.005  # rings that follow within it are folded into one
BREATH_SECONDS: Final = 0.01  # so many seconds at least lie between two steps of a drain

log = logging.getLogger(__name__)


class Doorbell:
    """Rings lanes from any thread. `jobs` names the function that drains each lane."""

    def __init__(self, redis_url: str) -> None:
        self._redis = connect(redis_url)
        self._pending: set[Lane] = set()
        self._wanted = threading.Condition()
        self._thread: threading.Thread | None = None

    def ring(self, lane: Lane) -> None:
        with self._wanted:
            self._pending.add(lane)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
                self._thread.start()
            self._wanted.notify()

    def _run(self) -> None:
        while True:
            with self._wanted:
                while not self._pending:
                    self._wanted.wait()
                lanes, self._pending = self._pending, set()
            try:
                for lane in lanes:
                    if not self._redis.publish(channel(lane), b"ring"):  # no drain is running to hear it
                        summon(self._redis, lane)
                time.sleep(FOLD_SECONDS)
            except RedisError as error:
                log.warning("doorbell not heard, the lane will look by itself: %s", error)
                time.sleep(0.2)


_doorbell: Doorbell | None = None


def init(redis_url: str) -> None:
    """Give this process its doorbell. Call it once, in the process that will ring (after any fork)."""
    global _doorbell
    _doorbell = Doorbell(redis_url)


def ring(lane: Lane) -> None:
    """Wake a lane soon. Without `init` (a command, a test) nothing rings and the lane finds the row by itself."""
    if _doorbell is not None:
        _doorbell.ring(lane)


def connect(redis_url: str) -> Redis:
    """A client that gives up at once when Redis is away, for callers who must not wait."""
    return Redis.from_url(
        redis_url, socket_connect_timeout=1, socket_timeout=2, retry=Retry(NoBackoff(), 0), health_check_interval=0
    )


def channel(lane: Lane) -> str:
    return f"mio:ring:{lane}"


def summon(redis: Redis, lane: Lane) -> None:
    """Have one drain of the lane waiting in its queue: whichever worker is free takes it. Raises RedisError."""
    queue = Queue(f"mio-{lane}", connection=redis)
    if queue.count == 0:
        queue.enqueue(f"app.jobs.{lane}", result_ttl=0, failure_ttl=3600, job_timeout=-1)


def work(redis_url: str, lane: Lane) -> None:
    """Serve one lane until SIGTERM or SIGINT. Raises RedisError when Redis goes away: start again then."""
    redis = Redis.from_url(redis_url, socket_connect_timeout=2)
    worker = _LaneWorker([Queue(f"mio-{lane}", connection=redis)], connection=redis)
    worker.work(logging_level="WARNING")


class _LaneWorker(SimpleWorker):
    """Lets a running drain know that the worker was told to stop."""

    current: "_LaneWorker | None" = None

    def execute_job(self, job: object, queue: object) -> None:
        type(self).current = self
        super().execute_job(job, queue)  # type: ignore[arg-type]

    @property
    def told_to_stop(self) -> bool:
        return self._stop_requested


def told_to_stop() -> bool:
    """Whether this process's lane worker was asked to stop; long work looks here between steps."""
    return _LaneWorker.current is not None and _LaneWorker.current.told_to_stop


def drain(redis_url: str, lane: Lane, step: Callable[[], float], seconds: float = DRAIN_SECONDS) -> None:
    """Call `step` again and again for about `seconds`, then return so that the worker can breathe.

    `step` does what is due and returns how long it would wait at most (0: there is more). Between steps a ring
    wakes it; without one it looks each second.
    """
    until = time.monotonic() + seconds
    redis = Redis.from_url(redis_url, socket_connect_timeout=2)
    with redis, redis.pubsub(ignore_subscribe_messages=True) as rings:  # type: ignore[no-untyped-call]
        rings.subscribe(channel(lane))
        while time.monotonic() < until and not told_to_stop():
            idle = min(step(), 1.0)
            time.sleep(BREATH_SECONDS)
            if rings.get_message(timeout=idle):
                while rings.get_message(timeout=0):
                    pass
