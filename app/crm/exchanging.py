"""One request to a CRM, what its answer means, and the record of it."""

import time
from collections.abc import Collection, Mapping

from app.crm.failures import CrmFailed
from app.crm.platform import Answer
from app.crm.reading import ReadingOf, answer_of, failure_of
from app.crm.recording import Log, clean
from app.crm.transport import Heard, send
from app.times import now


class Exchange:
    """`shown` is the address as it is recorded, `secrets` is what no record and no failure may tell."""

    def __init__(self, log: Log, method: str, shown: str, secrets: Collection[str]) -> None:
        self._log = log
        self._method = method
        self._shown = shown
        self._secrets = secrets

    def run(
        self, url: str, headers: Mapping[str, str], data: bytes | None, seconds: float, reading_of: ReadingOf
    ) -> Answer:
        """The answer, a 2xx. Raises what `app.crm.failures` lists."""
        began = time.monotonic()
        try:
            answer = self._answer(send(self._method, url, headers=headers, data=data, seconds=seconds), reading_of)
        except CrmFailed as failure:
            failure.detail = clean(failure.detail, self._secrets)
            self._log.sent(self._method, self._shown, time.monotonic() - began, failure.status_code, failure)
            raise
        self._log.sent(self._method, self._shown, time.monotonic() - began, answer.status)
        return answer

    def _answer(self, heard: Heard, reading_of: ReadingOf) -> Answer:
        answer = answer_of(heard)
        if failure := failure_of(answer, reading_of, now()):
            raise failure
        return answer
