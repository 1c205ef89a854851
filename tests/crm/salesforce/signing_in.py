"""Salesforce's authorisation server, as the stand-in has it: the web server flow, the JWT bearer flow, revoking."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from tests.crm.salesforce.organisation import ID, new_id

CLIENT_ID: Final = "3MVG9.StandIn"
CLIENT_SECRET: Final = "1955279925675241571"
USERNAME: Final = "integration@example.com"
JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LONGEST_ASSERTION: Final = 180


class OAuthError(Exception):
    """An error as the token endpoint answers it, with 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}


@dataclass(frozen=True, slots=True)
class Code:
    redirect_uri: str
    challenge: str


@dataclass(slots=True)
class SigningIn:
    """`approved` are the users for whom the app may act by its key; `instance_url` is what answers name as theirs.

    With `rotating`, a refresh token is good once; one that comes again ends all that came of the same authorisation.
    """

    url: str
    public_key: RSAPublicKey
    instance_url: str = ""
    organisation: str = ID
    rotating: bool = True
    approved: set[str] = field(default_factory=lambda: {USERNAME})
    refreshes: int = 0
    access_tokens: set[str] = field(default_factory=set)
    refresh_tokens: set[str] = field(default_factory=set)
    _codes: dict[str, Code] = field(default_factory=dict)
    _authorisations: dict[str, str] = field(default_factory=dict)  # of which each token is, also those that were
    _user: str = field(default_factory=lambda: new_id("005"))

    def authorize(self, url: str, *, agrees: bool) -> str:
        """What a person does with the link: the address to which the browser is led back."""
        parts = urlsplit(url)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/services/oauth2/authorize"
        assert (given["response_type"], given["client_id"]) == ("code", CLIENT_ID)
        assert given["code_challenge_method"] == "S256"
        assert set(given["scope"].split()) >= {"api", "refresh_token"}
        if agrees:
            code = "aPrx" + secrets.token_urlsafe(40)
            self._codes[code] = Code(given["redirect_uri"], given["code_challenge"])
            back = {"code": code}
        else:
            back = {"error": "access_denied", "error_description": "end-user denied authorization"}
        return f"{given['redirect_uri']}?{urlencode(back | {'state': given['state']})}"

    def token(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """What POST token does. Raises OAuthError."""
        kind = fields.get("grant_type")
        if kind == JWT_BEARER:
            self._check_assertion(fields["assertion"])
            return self._granted("api", secrets.token_hex())
        if kind == "authorization_code":
            self._check_client(fields)
            self._check_code(fields)
            authorisation = secrets.token_hex()
            return self._granted("api refresh_token", authorisation) | self._refreshable(authorisation)
        if kind == "refresh_token":
            self._check_client(fields)
            return self._refreshed(fields["refresh_token"])
        raise OAuthError("unsupported_grant_type", "grant type not supported")

    def revoke(self, token: str) -> None:
        """What POST revoke does: with a refresh token the access tokens go that came of it. Raises OAuthError."""
        if token in self.refresh_tokens:
            self._end(self._authorisations[token])
        elif token in self.access_tokens:
            self.access_tokens.discard(token)
        else:
            raise OAuthError("invalid_token", "invalid token: the token is not valid")

    def end(self) -> None:
        """Everything that was granted to the app is good no more, until a person agrees again."""
        self.access_tokens.clear()
        self.refresh_tokens.clear()

    def _end(self, authorisation: str) -> None:
        ended = {token for token, its in self._authorisations.items() if its == authorisation}
        self.access_tokens -= ended
        self.refresh_tokens -= ended

    def _refreshed(self, token: str) -> dict[str, Any]:
        if token not in self.refresh_tokens:
            self._end(self._authorisations.get(token, ""))
            raise OAuthError("invalid_grant", "expired access/refresh token")
        self.refreshes += 1
        authorisation = self._authorisations[token]
        if not self.rotating:
            return self._granted("api refresh_token", authorisation)
        self.refresh_tokens.discard(token)
        return self._granted("api refresh_token", authorisation) | self._refreshable(authorisation)

    def _granted(self, scope: str, authorisation: str) -> dict[str, Any]:
        token = f"{self.organisation[:15]}!{secrets.token_urlsafe(60)}"
        self.access_tokens.add(token)
        self._authorisations[token] = authorisation
        return {
            "access_token": token,
            "scope": scope,
            "instance_url": self.instance_url or self.url,
            "id": f"https://login.salesforce.com/id/{self.organisation}/{self._user}",
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1000)),
        }

    def _refreshable(self, authorisation: str) -> dict[str, Any]:
        made = "5Aep861" + secrets.token_urlsafe(50)
        self.refresh_tokens.add(made)
        self._authorisations[made] = authorisation
        return {"refresh_token": made}

    def _check_client(self, fields: Mapping[str, str]) -> None:
        if fields.get("client_id") != CLIENT_ID:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if fields.get("client_secret") != CLIENT_SECRET:
            raise OAuthError("invalid_client", "invalid client credentials")

    def _check_code(self, fields: Mapping[str, str]) -> None:
        code = self._codes.pop(fields.get("code", ""), None)
        if code is None:
            raise OAuthError("invalid_grant", "expired authorization code")
        if fields.get("redirect_uri") != code.redirect_uri:
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != code.challenge:
            raise OAuthError("invalid_grant", "invalid code verifier")

    def _check_assertion(self, assertion: str) -> None:
        """By the public key alone (RFC 7515, RFC 8017), with no library for such tokens."""
        signed, _, signature = assertion.rpartition(".")
        header, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        try:
            self.public_key.verify(_decoded(signature), signed.encode(), PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise OAuthError("invalid_grant", "invalid assertion") from None
        if header["alg"] != "RS256" or claims["iss"] != CLIENT_ID:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if claims["aud"] != self.url:
            raise OAuthError("invalid_grant", "audience is invalid")
        if not 0 < claims["exp"] - time.time() <= _LONGEST_ASSERTION:
            raise OAuthError("invalid_grant", "expired assertion")
        if claims["sub"] not in self.approved:
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
