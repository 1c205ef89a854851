"""Opening lines, written by the model while the phone rings, for calls whose client gave none."""

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from uuid import UUID

from app.calls.conversation import set_greeting
from app.calls.ports import ModelFailed
from app.config import Mode, mode_of
from app.db import db
from app.llm.stream import ModelStream
from app.models.account import Account
from app.models.call import Call
from app.times import now
from app.voice.prompt import greeting_task

log = logging.getLogger(__name__)

THREADS: Final = 8
MAX_WAITING: Final = 200
MAX_LENGTH: Final = 500


class Greetings:
    """A bounded pool of writers. What is not ready when the callee answers is replaced by a plain greeting."""

    def __init__(self, models: Mapping[Mode, ModelStream]) -> None:
        self._models = models
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="greeting")
        self._writing: set[UUID] = set()
        self._lock = threading.Lock()

    def prepare(self, call: Call) -> None:
        """Have an opening line written, once, unless there is one."""
        model = self._models.get(mode_of(call.mode))
        if call.first_message or call.greeting or model is None:
            return
        with self._lock:
            if call.id in self._writing or len(self._writing) >= MAX_WAITING:
                return
            self._writing.add(call.id)
        self._pool.submit(self._write, call, model)

    def _write(self, call: Call, model: ModelStream) -> None:
        try:
            with db.connection_context():
                account = Account.get_by_id(call.account_id)
            task = greeting_task(call, account, now())
            text = model.text([{"role": "system", "content": task}])[:MAX_LENGTH]
            with db.connection_context():
                set_greeting(call.id, text)
        except ModelFailed as failure:
            log.warning("call %s starts with a plain greeting: %s", call.id, failure)
        except Exception:
            log.exception("call %s starts with a plain greeting", call.id)  # nobody looks at what a pool's work raised
        finally:
            with self._lock:
                self._writing.discard(call.id)
