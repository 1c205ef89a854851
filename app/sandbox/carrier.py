"""The carrier's REST API: https://www.twilio.com/docs/voice/api/call-resource, as far as the hub uses it."""

import re
import threading
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Final

from flask import Blueprint, jsonify, request

from app.sandbox import people
from app.sandbox.answers import Answer, authenticated, refused
from app.sandbox.call import ENDED, SandboxCall
from app.sandbox.options import SandboxOptions
from app.sandbox.typist import Typist

KEPT: Final = 2000
THREADS: Final = 300
THROTTLED_TIMES: Final = 2
_E164: Final = re.compile(r"\+[1-9]\d{6,14}")


class Carrier:
    """All calls of one sandbox, in memory, the oldest forgotten first."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self._calls: OrderedDict[str, SandboxCall] = OrderedDict()
        self._refused: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="call")

    def blueprint(self) -> Blueprint:
        routes = Blueprint("carrier", __name__, url_prefix="/2010-04-01/Accounts/<account>")
        routes.before_request(self._authenticate)
        routes.add_url_rule("/Calls.json", "create", self._create, methods=["POST"])
        routes.add_url_rule("/Calls.json", "list", self._list, methods=["GET"])
        routes.add_url_rule("/Calls/<sid>.json", "fetch", self._fetch, methods=["GET"])
        routes.add_url_rule("/Calls/<sid>.json", "update", self._update, methods=["POST"])
        return routes

    def _authenticate(self) -> Answer | None:
        account = (request.view_args or {}).get("account", "")
        right = account == self._options.account_sid and authenticated(self._options)
        return None if right else refused(401, 20003, "Authenticate")

    def _create(self, account: str) -> Answer:
        form, to = request.form.copy(), request.form.get("To", "")
        if to == people.FAILS:
            return refused(500, 20500, "Internal server error")
        if not _E164.fullmatch(to) or to == people.REFUSED:
            return refused(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if not form.get("From") or not (form.get("Url") or form.get("Twiml")):
            return refused(400, 21205, "Url parameter is required.")
        with self._lock:
            busy = sum(call.status not in ENDED for call in self._calls.values())
            if busy >= THREADS or (to == people.THROTTLED and self._throttles(form.get("StatusCallback", ""))):
                return refused(429, 20429, "Too many requests")
            call = SandboxCall(form, self._options)
            self._calls[call.sid] = call
            self._forget_old()
        placed = call.resource()  # before its thread moves it on: the answer to a create is always queued
        if to != people.SILENT:
            self._pool.submit(call.run)
        return jsonify(placed), 201

    def _forget_old(self) -> None:
        """Keep what somebody types in: it may last much longer than all others take to come and go."""
        surplus = len(self._calls) - KEPT
        if surplus > 0:
            old = (sid for sid, call in self._calls.items() if call.typist is None or call.status in ENDED)
            for sid in list(islice(old, surplus)):
                del self._calls[sid]

    def typist(self, sid: str) -> Typist | None:
        """Who types in a call; None where there is no such call, or nobody types in it."""
        call = self._calls.get(sid)
        return None if call is None else call.typist

    def _throttles(self, call_key: str) -> bool:
        """The first requests for a call are refused, the next is taken."""
        self._refused[call_key] += 1
        if self._refused[call_key] <= THROTTLED_TIMES:
            return True
        del self._refused[call_key]
        return False

    def _list(self, account: str) -> Answer:
        wanted = {name.lower(): request.args[name] for name in ("To", "From", "Status") if name in request.args}
        with self._lock:
            calls = [call.resource() for call in reversed(self._calls.values())]
        found = [call for call in calls if all(call[name] == value for name, value in wanted.items())]
        size = min(request.args.get("PageSize", 50, int), 1000)
        page: dict[str, Any] = {
            "calls": found[:size],
            "page": 0,
            "page_size": size,
            "uri": request.full_path,
            "next_page_uri": None,
        }
        return jsonify(page), 200

    def _fetch(self, account: str, sid: str) -> Answer:
        call = self._calls.get(sid)
        return refused(404, 20404, f"Call {sid} was not found") if call is None else (jsonify(call.resource()), 200)

    def _update(self, account: str, sid: str) -> Answer:
        call = self._calls.get(sid)
        if call is None:
            return refused(404, 20404, f"Call {sid} was not found")
        if call.status in ENDED:
            return refused(400, 21220, "Call is not in-progress. Cannot redirect.")
        if request.form.get("Status") not in ("completed", "canceled"):
            return refused(400, 21218, "Invalid status.")
        call.end()
        if call.form["To"] == people.SILENT:
            call.status = "canceled"
        return jsonify(call.resource()), 200
