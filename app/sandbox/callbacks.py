"""What the carrier tells the hub: signed form posts, tried twice."""

import logging
from collections.abc import Mapping
from typing import Final

import requests

from app.sandbox.signature import sign

log = logging.getLogger(__name__)

TIMEOUT_SECONDS: Final = 15
TRIES: Final = 2


def post(auth_token: str, url: str, fields: Mapping[str, str]) -> str | None:
    """The body of the answer; None when the hub could not be reached or did not answer with a 2xx."""
    headers = {"X-Twilio-Signature": sign(auth_token, url, fields), "User-Agent": "TwilioProxy/1.1"}
    for _ in range(TRIES):
        try:
            answer = requests.post(url, data=fields, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            log.warning("a callback did not reach the hub: %s", type(error).__name__)
            continue
        if answer.status_code < 500:
            return answer.text if answer.ok else None
    return None
