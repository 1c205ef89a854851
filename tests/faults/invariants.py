"""What must hold of deliveries whatever was killed meanwhile: from what the receivers saw, and from the tables."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from standardwebhooks import Webhook as Verifier

from app.webhooks.schedule import RETRY_DELAYS
from tests.faults.receivers import HEALTHY, Seen
from tests.faults.recording import FAILED_EVERY
from tests.faults.trial import Figures, Kill, Trial

# The log reckons back from the moment at which a batch is written, a row a little later than the one before it.
LOG_SECONDS: Final = 0.1

Row = Mapping[str, Any]


def check(trial: Trial) -> Figures:
    """Assert all of it; the figures."""
    deliveries = trial.deliveries()
    seen = _by_delivery(trial, deliveries)
    _everything_arrived(trial, deliveries, seen)
    _hopeless_is_not_lost(trial, deliveries)
    _ids_are_stable(trial, deliveries, seen)
    _bytes_and_signatures_hold(trial, seen)
    scale = trial.hub.settings.webhook_retry_scale
    spare = [*_spare_as_seen(seen, trial.kills, scale)]
    assert [seconds for seconds in spare if seconds < 0] == []
    assert [seconds for seconds in _spare_in_the_log(trial, scale) if seconds < -LOG_SECONDS] == []
    duplicates = _duplicates(seen, trial.kills)
    return _figures(trial, len(deliveries), seen, spare, duplicates)


def _by_delivery(trial: Trial, deliveries: Sequence[Row]) -> Mapping[str, Sequence[Seen]]:
    found = defaultdict[str, list[Seen]](list)
    ours = {delivery["id"] for delivery in deliveries}
    for one in list(trial.site.receivers.seen):
        if one.delivery in ours:
            found[one.delivery].append(one)
    return found


def _everything_arrived(trial: Trial, deliveries: Sequence[Row], seen: Mapping[str, Sequence[Seen]]) -> None:
    """Every event, at every healthy endpoint, with a 2xx."""
    for temper in trial.webhooks.keys() & set(HEALTHY):
        wanted = {d["id"]: d["number"] for d in deliveries if d["webhook"] == trial.webhooks[temper]}
        assert sorted(wanted.values()) == list(range(trial.recorded)), temper
        assert [id for id in wanted if not any(one.accepted and one.answered_at for one in seen.get(id, ()))] == []


def _hopeless_is_not_lost(trial: Trial, deliveries: Sequence[Row]) -> None:
    """What cannot arrive is still to be tried, or has failed, or was set aside."""
    hopeless = {trial.webhooks[temper] for temper in trial.webhooks.keys() - set(HEALTHY)}
    for delivery in deliveries:
        expected = ("pending", "failed", "skipped") if delivery["webhook"] in hopeless else ("succeeded",)
        assert delivery["status"] in expected
        assert (delivery["status"] == "pending") <= (delivery["due_at"] is not None)
    if "silent" in trial.webhooks:
        heard = [d["number"] for d in deliveries if d["webhook"] == trial.webhooks["silent"]]
        assert sorted(heard) == list(range(0, trial.recorded, FAILED_EVERY))


def _ids_are_stable(trial: Trial, deliveries: Sequence[Row], seen: Mapping[str, Sequence[Seen]]) -> None:
    """One id for each event and endpoint, on every request, in both headers."""
    pairs = {d["id"]: (d["webhook"], d["event"]) for d in deliveries}
    assert len(set(pairs.values())) == len(pairs)
    for id, requests in seen.items():
        assert {trial.webhooks[one.temper] for one in requests} == {pairs[id][0]}
        assert {one.headers["webhook-id"] for one in requests} == {id}
        assert all(f'"id":"{pairs[id][1]}"'.encode() in one.body for one in requests)


def _bytes_and_signatures_hold(trial: Trial, seen: Mapping[str, Sequence[Seen]]) -> None:
    """The timestamp alone differs between requests, and both signatures are right over each."""
    verifiers = {temper: Verifier(secret) for temper, secret in trial.secrets.items()}
    for requests in seen.values():
        assert len({one.body.replace(_timestamp(one), b"T") for one in requests}) == 1
        for one in requests:
            verifiers[one.temper].verify(one.body, one.headers)
            signed = _timestamp(one) + b"." + one.body
            expected = hmac.new(trial.secrets[one.temper].encode(), signed, hashlib.sha256).hexdigest()
            assert one.headers["x-mio-signature"] == expected


def _timestamp(one: Seen) -> bytes:
    return one.headers["x-mio-timestamp"].encode()


def _spare_as_seen(seen: Mapping[str, Sequence[Seen]], kills: Sequence[Kill], scale: float) -> Iterator[float]:
    """Seconds from when each retry could begin until the receiver saw it; those that follow an unheard answer aside."""
    for id, requests in seen.items():
        failures = 0
        for before, after in pairwise(requests):
            unheard = any(id in kill.in_flight and before.at <= kill.at <= after.at for kill in kills)
            if before.answered_at is not None and not before.accepted and not unheard:
                failures += 1
                delay = max(RETRY_DELAYS[failures - 1] * scale, before.retry_after or 0)
                yield after.at - before.answered_at - delay


def _spare_in_the_log(trial: Trial, scale: float) -> Iterator[float]:
    """The same from the attempts in the table, also for what no receiver has seen. Their numbers have no gap."""
    attempts = defaultdict[str, list[dict[str, float]]](list)
    for attempt in trial.attempts():
        assert attempt["error"] in (None, "http_4xx", "http_5xx", "timeout", "refused")
        attempts[attempt["delivery"]].append(attempt)
    for tries in attempts.values():
        assert [attempt["number"] for attempt in tries] == list(range(1, len(tries) + 1))
        for delay, (before, after) in zip(RETRY_DELAYS, pairwise(tries), strict=False):
            yield after["start"] - before["start"] - before["duration"] - delay * scale


def _duplicates(seen: Mapping[str, Sequence[Seen]], kills: Sequence[Kill]) -> int:
    """Requests for what its receiver had accepted already: each was in flight at a kill."""
    total = 0
    for id, requests in seen.items():
        accepted = [place for place, one in enumerate(requests) if one.accepted]
        again = len(requests) - 1 - accepted[0] if accepted else 0
        assert again <= sum(id in kill.in_flight for kill in kills)
        total += again
    return total


def _figures(
    trial: Trial, deliveries: int, seen: Mapping[str, Sequence[Seen]], spare: Sequence[float], duplicates: int
) -> Figures:
    """`spare ms` is how close the closest retry came to being early."""
    return {
        "events": trial.recorded,
        "deliveries": deliveries,
        "attempts": len(trial.attempts()),
        "requests": sum(map(len, seen.values())),
        "retries": len(spare),
        "spare ms": round(min(spare, default=0) * 1000, 1),
        "kills": len(trial.kills),
        "in flight": sum(len(kill.in_flight) for kill in trial.kills),
        "duplicates": duplicates,
        "seconds": round(trial.seconds, 1),
    }
