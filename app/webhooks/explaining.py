"""Attempts in plain words: what happened, and what to do about it. Pure.

A page shows `explain` for each attempt that failed; an answer's status says more than its class, so it goes first.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from app.models.webhook import Webhook
from app.webhooks.endpoints import PAUSED

Words = tuple[str, str]


class Explained(NamedTuple):
    """What happened, and what the owner of the endpoint can do; both are sentences."""

    what: str
    todo: str


# By the class of failure, as `outcome.ERRORS` names them.
CLASSES: Final[Mapping[str, Words]] = {
    "dns": (
        "The host name could not be resolved.",
        "Check the spelling of the host, and that it has a public A or AAAA record.",
    ),
    "blocked_address": (
        "The host name leads to a private or reserved address, which is never dialled.",
        "Give the endpoint a public address, or put a tunnel with a public name before it.",
    ),
    "refused": (
        "Nothing accepted a connection at this address and port.",
        "Check that the server runs, listens on this port, and that a firewall lets it be reached from the internet.",
    ),
    "no_route": (
        "The hub had no way to the network of this address. It does not count against the webhook.",
        "Nothing to do if it was once: it is tried again. If it stays, check the address, IPv6 above all.",
    ),
    "tls": (
        "No trusted encrypted connection came about.",
        "Check the certificate: it must be valid now, name this host, and come with its whole chain.",
    ),
    "timeout": (
        "The whole answer was not there within the time limit.",
        "Answer 2xx as soon as the signature is verified, and do the work afterwards.",
    ),
    "reset": (
        "The connection broke before the answer was complete.",
        "Look into the logs of the server, and of the proxy before it, at this time.",
    ),
    "protocol": (
        "What came back was no HTTP answer that could be read.",
        "Check that an HTTP server listens on this port, and not another service.",
    ),
    "http_1xx": (
        "The server began to answer, but never gave its final status.",
        "Look for what ends the request early in the server or its proxy.",
    ),
    "http_3xx": (
        "The server answered with a redirect. Redirects are not followed, so that nothing signed ends up elsewhere.",
        "Set the webhook's URL to the address that it redirects to; look at https, www and a slash at the end.",
    ),
    "http_4xx": (
        "The server refused the request.",
        "Look at the answer below, and into the server's log, for what it did not like.",
    ),
    "http_5xx": (
        "The server failed while it handled the request.",
        "Look into the server's log at this time; the delivery's id is in X-Mio-Delivery.",
    ),
    "internal": (
        "The request could not be made, by a fault on the hub's side. It does not count against the webhook.",
        "Nothing to do: it is tried again. If it stays, tell support the delivery's id.",
    ),
}

# By the status of the answer (RFC 9110 and, from 520, what large proxies say), where it tells more than its class.
STATUSES: Final[Mapping[int, Words]] = {
    400: (
        "The server could not read the request.",
        "Check that it takes JSON in the body of a POST, and that nothing before it changes the body.",
    ),
    401: (
        "The server wants credentials.",
        "Leave this path open to the hub, and verify the signature instead of asking for a password.",
    ),
    403: (
        "The server, or a firewall before it, forbids the request.",
        "Let the hub through: bot protection, IP lists and checks of CSRF tokens often stand before webhooks.",
    ),
    404: ("There is nothing at this path.", "Check the URL's path, and that the route is deployed."),
    405: ("The path exists, but takes no POST.", "Have the route accept POST."),
    406: ("The server does not answer in what was asked for.", "Have the route answer whatever Accept says."),
    407: ("A proxy wants credentials.", "Reach the server without this proxy."),
    408: (
        "The server waited too long for the request.",
        "Look at the time limits of the server and of the proxy before it.",
    ),
    409: (
        "The server says that it conflicts with what it knows.",
        "If it has this delivery already, answer 200: a delivery may come more than once.",
    ),
    410: (
        "The server says that this endpoint is gone for good.",
        "If it is, delete the webhook; if it is not, answer something else. Twice in a row disables the webhook.",
    ),
    411: ("The server wants to know the length before.", "Look at the proxy: the length is sent with each request."),
    413: (
        "The body is larger than the server takes.",
        "Raise its limit: an event holds the whole transcript, and that of a batch all of its calls.",
    ),
    414: ("The URL is longer than the server takes.", "Shorten the webhook's URL."),
    415: ("The server does not take JSON.", "Have the route accept Content-Type: application/json."),
    421: ("The server does not answer for this host.", "Check the server's list of host names."),
    422: (
        "The server read the request and did not like its content.",
        "Have it take every key that the API reference shows, also those that it does not know yet.",
    ),
    425: ("The server does not take it this early.", "Nothing to do if it is tried again later and taken then."),
    429: (
        "The server is asked too often.",
        "Set a rate limit on this webhook, or raise the server's. Its Retry-After is kept to.",
    ),
    431: ("The headers are larger than the server takes.", "Raise its limit; they take less than 2 kB."),
    500: ("The server failed with an error of its own.", "Look into its log at this time."),
    501: ("The server cannot do this.", "Check that the URL leads to your application, and that it takes POST."),
    502: ("The proxy got no proper answer from your application.", "Check that the application runs behind it."),
    503: ("The server is not available.", "Check that the application runs and is not overloaded or in maintenance."),
    504: (
        "The proxy waited too long for your application.",
        "Answer as soon as the signature is verified, and do the work afterwards.",
    ),
    520: ("The proxy got an answer that it cannot read.", "Look into the application's log at this time."),
    521: ("The proxy found your server down.", "Start the server, and let the proxy's addresses through."),
    522: ("The proxy could not connect to your server.", "Check the server's firewall and its load."),
    523: ("The proxy has no way to your server.", "Check the address that the proxy has for it."),
    524: ("The proxy waited too long for your server.", "Answer first, and do the work afterwards."),
    525: (
        "The proxy and your server found no encryption in common.",
        "Check the server's certificate and TLS versions.",
    ),
    526: ("The proxy does not trust your server's certificate.", "Renew the server's certificate."),
    530: ("The proxy could not resolve or reach your server.", "Check the name that the proxy has for it."),
}

# Words in libcurl's and OpenSSL's texts, and what they mean.
_CERTIFICATES: Final[Mapping[str, Words]] = {
    "expired": ("The server's certificate has expired.", "Renew it, and have the server load the new one."),
    "not yet valid": (
        "The server's certificate is not valid yet.",
        "Check the clock of the server and its certificate.",
    ),
    "self-signed": ("The server's certificate is self-signed.", "Get one from a public authority; many cost nothing."),
    "self signed": ("The server's certificate is self-signed.", "Get one from a public authority; many cost nothing."),
    "unable to get local issuer": (
        "The server's certificate comes from an authority that is not known, or without its chain.",
        "Have the server send the whole chain: the certificate and the intermediate ones.",
    ),
    "subject name": (
        "The server's certificate is for another host name.",
        "Get a certificate that names the host of the webhook's URL.",
    ),
    "wrong version number": (
        "What answered does not speak TLS.",
        "Check the port: https is expected there, and plain http seems to answer.",
    ),
}
# With these nothing of the request has reached the receiver.
NOTHING_SENT: Final = frozenset({"dns", "blocked_address", "refused", "no_route", "tls", "internal"})
_UNKNOWN: Final[Words] = ("The attempt failed.", "Look at the details below.")


def explain(error: str | None, status: int | None = None, detail: str | None = None) -> Explained | None:
    """What an attempt's `error` (of `outcome.ERRORS`), status and detail mean; None for one that was delivered."""
    if error is None:
        return None
    if status is not None and status in STATUSES and error.startswith("http_"):
        return Explained(*STATUSES[status])
    if error == "tls":
        for words, meaning in _CERTIFICATES.items():
            if words in (detail or "").lower():
                return Explained(*meaning)
    return Explained(*CLASSES.get(error, _UNKNOWN))


class Standing(NamedTuple):
    """How a webhook does: a word for a badge, and a sentence."""

    status: str
    words: str


def standing(webhook: Webhook) -> Standing:
    """The state of a webhook in words."""
    if not webhook.active:
        if webhook.disabled_reason == PAUSED:
            return Standing("paused", "Paused by you. Nothing is sent; what happens meanwhile is set aside.")
        reason = webhook.disabled_reason or "It was set inactive."
        return Standing("disabled", f"Disabled: {reason} Nothing is sent; what happens meanwhile is set aside.")
    if webhook.failures:
        attempts = "attempt" if webhook.failures == 1 else f"{webhook.failures} attempts in a row"
        return Standing("failing", f"The last {attempts} failed. What failed is tried again for more than a day.")
    if webhook.last_success_at is None:
        return Standing("active", "Active. Nothing was delivered yet.")
    return Standing("active", "Active. The last attempt was taken.")
