"""The doorbell: wakes the worker's lanes through Redis, and spreads news. The only importer of rq.

What must happen stands in the tables; a ring may be lost, and costs a second then. `ring` and `spread` never wait and
never fail: a thread of its own talks to Redis, and what comes while it does is folded into one message.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Final, Literal

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

Lane = Literal["place", "finish", "webhooks", "crm"]
LANES: Final[tuple[Lane, ...]] = ("place", "finish", "webhooks", "crm")
NEWS: Final = "mio:changed"
DRAIN_SECONDS: Final = 30
FOLD_SECONDS: Final = 0.005  # what follows within it is folded into one message
MOST_NEWS: Final = 5_000  # lines that wait for Redis; what is beyond is dropped
QUIET_SECONDS: Final = 15.0  # without a word from Redis, until it is asked whether it is there

log = logging.getLogger(__name__)


class Doorbell:
    """Rings lanes and spreads news from any thread."""

    def __init__(self, redis_url: str) -> None:
        self._redis = connect(redis_url)
        self._lanes: set[Lane] = set()
        self._news: dict[str, None] = {}  # lines in the order in which they came
        self._wanted = threading.Condition()
        self._thread: threading.Thread | None = None

    def ring(self, lane: Lane) -> None:
        with self._wanted:
            self._lanes.add(lane)
            self._wake()

    def spread(self, news: Iterable[str]) -> None:
        with self._wanted:
            self._keep(news)
            self._wake()

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
            self._thread.start()
        self._wanted.notify()

    def _keep(self, news: Iterable[str]) -> None:
        for line in news:
            if len(self._news) < MOST_NEWS:
                self._news[line] = None

    def _run(self) -> None:
        away = False
        while True:
            with self._wanted:
                while not (self._lanes or self._news):
                    self._wanted.wait()
                lanes, self._lanes = self._lanes, set()
                news, self._news = self._news, {}
            try:
                for lane in lanes:
                    if not self._redis.publish(channel(lane), b"ring"):  # no drain is running to hear it
                        summon(self._redis, lane)
                if news:
                    self._redis.publish(NEWS, "\n".join(news))
                away = False
                time.sleep(FOLD_SECONDS)
            except (RedisError, OSError) as error:
                if not away:
                    log.warning("doorbell not heard, the lanes will look by themselves: %s", error)
                away = True
                with self._wanted:
                    self._keep(news)
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


def spread(news: Iterable[str]) -> None:
    """Have lines of text published on NEWS soon. Without `init` nobody hears them."""
    if _doorbell is not None:
        _doorbell.spread(news)


def connect(redis_url: str) -> Redis:
    """A client that gives up at once when Redis is away, for callers who must not wait."""
    return Redis.from_url(
        redis_url, socket_connect_timeout=1, socket_timeout=2, retry=Retry(NoBackoff(), 0), health_check_interval=0
    )


def channel(lane: Lane) -> str:
    return f"mio:ring:{lane}"


def summon(redis: Redis, lane: Lane) -> None:
    """Have one drain of the lane waiting in its queue: whichever worker is free takes it. Raises RedisError."""
    queue = _queue(redis, lane)
    if queue.count == 0:
        queue.enqueue(f"app.jobs.{lane}", result_ttl=0, failure_ttl=3600, job_timeout=-1)


def _queue(redis: Redis, lane: Lane) -> Queue:
    """Jobs are JSON: what others might write into Redis is data, never code."""
    return Queue(f"mio-{lane}", connection=redis, serializer=JSONSerializer)


def work(redis_url: str, lane: Lane) -> None:
    """Serve one lane until SIGTERM. While Redis is away, look for it each second."""
    while not told_to_stop():
        try:
            redis = Redis.from_url(redis_url, socket_connect_timeout=2)
            worker = _LaneWorker([_queue(redis, lane)], connection=redis, serializer=JSONSerializer)
            worker.work(logging_level="WARNING")
        except RedisError as error:
            log.warning("lane %s waits for Redis: %s", lane, error)
        if not told_to_stop():
            time.sleep(1)


def told_to_stop() -> bool:
    """Whether this process's lane worker was asked to stop; long work looks here between steps."""
    return _LaneWorker.told_to_stop


class _LaneWorker(SimpleWorker):
    """Stops at once when idle and after the present step when at work, also while Redis is away."""

    told_to_stop = False
    exponential_backoff_factor = 1.0
    max_connection_wait_time = 1.0
    _idle = False

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGTERM, self._stop)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        _LaneWorker.told_to_stop = self._stop_requested = True
        if self._idle:
            raise StopRequested

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        self._idle = True
        try:
            if self._stop_requested:
                raise StopRequested
            return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
        finally:
            self._idle = False


class Ears:
    """Hears a channel on a thread of its own, until they are closed, or for as long as the process lives.

    `began` is called when it hears from now on, `heard` with each message, and `lost` when it hears nothing until
    Redis is back.
    """

    def __init__(
        self,
        redis_url: str,
        name: str,
        heard: Callable[[bytes], None],
        *,
        began: Callable[[], None] = lambda: None,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = redis_url
        self._channel = name
        self._heard = heard
        self._began = began
        self._lost = lost
        self._closed = False
        threading.Thread(target=self._run, name=f"ears {name}", daemon=True).start()

    def close(self) -> None:
        """Hear nothing more."""
        self._closed = True

    def _run(self) -> None:
        while not self._closed:
            try:
                self._listen()
            except (RedisError, OSError) as error:
                log.warning("nothing is heard on %s until Redis is back: %s", self._channel, error)
            self._lost()
            time.sleep(1)

    def _listen(self) -> None:
        redis = Redis.from_url(self._url, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0))
        with redis, redis.pubsub() as channels:  # type: ignore[no-untyped-call]
            channels.subscribe(self._channel)
            asked = False
            while not self._closed:
                message = channels.get_message(timeout=QUIET_SECONDS)
                if message is None and asked:
                    raise TimeoutError("it does not answer")
                asked = message is None
                if message is None:
                    channels.ping()
                elif message["type"] == "subscribe":
                    self._began()
                elif message["type"] == "message":
                    self._heard(message["data"])


def alarm_of(redis_url: str, lane: Lane) -> threading.Event:
    """An event that is set at each ring of a lane."""
    alarm = threading.Event()
    Ears(redis_url, channel(lane), lambda _: alarm.set())
    return alarm


class Broken(Exception):
    """A step's means are gone for good: its process must be started anew."""


def drain(alarm: threading.Event, step: Callable[[], float], *, breath: float, seconds: float = DRAIN_SECONDS) -> None:
    """Call `step` again and again for about `seconds`, then return so that the worker can breathe.

    `step` does what is due and returns how long it would wait at most (0: there is more). Between steps the alarm
    wakes it; without one it looks each second. At least `breath` seconds lie between two steps. A step that raises
    Broken ends this process, as a job's failure alone would not: the supervisor starts it again.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and not told_to_stop():
        alarm.clear()
        try:
            idle = min(step(), 1.0)
        except Broken as broken:
            log.critical("this process cannot go on: %s", broken)
            os.kill(os.getpid(), signal.SIGTERM)
            return
        time.sleep(breath)
        alarm.wait(idle)
