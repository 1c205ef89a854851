"""HubSpot's OAuth against a portal."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from app.crm.failures import Later, Refused, Revoked
from app.crm.hubspot.authorising import OPTIONAL_SCOPES, SCOPES
from app.crm.hubspot.platform import HubSpot
from app.crm.platform import Answer, Grant
from app.errors import InvalidRequest
from app.times import now
from tests.crm.hubspot.lines import PlainDoor, connection_of, settings_for
from tests.crm.hubspot.stand_in import StandIn

CONNECTION = connection_of("")


def code_of(hubspot: HubSpot, stand_in: StandIn) -> str:
    back = stand_in.grant(hubspot.authorize_url(CONNECTION, "state-1", "challenge"))
    return parse_qs(urlsplit(back).query)["code"][0]


def granted(hubspot: HubSpot, stand_in: StandIn) -> Grant:
    return hubspot.exchange(PlainDoor(), CONNECTION, code_of(hubspot, stand_in), "verifier")


def test_the_link_asks_for_what_the_app_needs(hubspot: HubSpot) -> None:
    link = hubspot.authorize_url(CONNECTION, "state-1", "challenge")
    asked = {name: texts[0] for name, texts in parse_qs(urlsplit(link).query).items()}
    assert asked["redirect_uri"] == "https://hub.example/crm/hubspot/authorized"
    assert asked["state"] == "state-1"
    assert asked["scope"].split() == list(SCOPES)
    assert asked["optional_scope"].split() == list(OPTIONAL_SCOPES)


def test_scopes_are_parted_by_encoded_spaces(hubspot: HubSpot) -> None:
    assert "scope=oauth%20automation" in hubspot.authorize_url(CONNECTION, "state-1", "challenge")


def test_a_code_becomes_a_grant_for_its_portal(hubspot: HubSpot, stand_in: StandIn) -> None:
    grant = granted(hubspot, stand_in)
    assert grant.external_id == stand_in.external_id
    assert grant.external_name == stand_in.portal.domain
    assert grant.base_url == stand_in.url
    assert timedelta(minutes=29) < grant.expires_at - now() <= timedelta(minutes=30)
    assert grant.access_token in stand_in.portal.access_tokens


def test_nothing_secret_stands_in_an_address(hubspot: HubSpot, stand_in: StandIn) -> None:
    granted(hubspot, stand_in)
    assert stand_in.requests == [("POST", "/oauth/2026-03/token"), ("POST", "/oauth/2026-03/token/introspect")]


def test_a_code_serves_once(hubspot: HubSpot, stand_in: StandIn) -> None:
    code = code_of(hubspot, stand_in)
    hubspot.exchange(PlainDoor(), CONNECTION, code, "verifier")
    with pytest.raises(InvalidRequest, match="Open the link anew"):
        hubspot.exchange(PlainDoor(), CONNECTION, code, "verifier")


def test_an_app_uninstalled_while_it_is_installed_is_told_in_words(hubspot: HubSpot, stand_in: StandIn) -> None:
    class Late(PlainDoor):
        def form(self, url: str, fields: Mapping[str, str]) -> Answer:
            answer = super().form(url, fields)
            stand_in.revoke()
            return answer

    with pytest.raises(InvalidRequest, match="taken the authorisation back"):
        hubspot.exchange(Late(), CONNECTION, code_of(hubspot, stand_in), "verifier")


def test_refreshing_gives_a_new_token_for_the_same_portal(hubspot: HubSpot, stand_in: StandIn) -> None:
    grant = granted(hubspot, stand_in)
    stand_in.expire()
    fresh = hubspot.refresh(PlainDoor(), CONNECTION, grant)
    assert fresh.access_token != grant.access_token
    assert (fresh.external_id, fresh.external_name) == (grant.external_id, grant.external_name)
    assert fresh.refresh_token == grant.refresh_token


def test_a_refresh_token_taken_back_is_told_as_such(hubspot: HubSpot, stand_in: StandIn) -> None:
    grant = granted(hubspot, stand_in)
    stand_in.revoke()
    with pytest.raises(Revoked):
        hubspot.refresh(PlainDoor(), CONNECTION, grant)


def test_a_wrong_secret_of_the_hub_breaks_no_connection(hubspot: HubSpot, stand_in: StandIn) -> None:
    grant = granted(hubspot, stand_in)
    wrong = HubSpot(settings_for(stand_in, hubspot_client_secret="another"))
    with pytest.raises(Later, match="HUBSPOT_CLIENT_SECRET"):
        wrong.refresh(PlainDoor(), CONNECTION, grant)


def test_leaving_uninstalls_the_app_and_gives_the_token_back(hubspot: HubSpot, stand_in: StandIn) -> None:
    grant = granted(hubspot, stand_in)
    hubspot.leave(PlainDoor(), CONNECTION, grant)
    assert ("DELETE", "/appinstalls/2026-03/external-install") in stand_in.requests
    assert stand_in.requests[-1] == ("POST", "/oauth/2026-03/token/revoke")
    assert stand_in.portal.refresh_token is None


def test_leaving_with_an_expired_token_refreshes_it_first(hubspot: HubSpot, stand_in: StandIn) -> None:
    grant = granted(hubspot, stand_in)
    stand_in.expire()
    hubspot.leave(PlainDoor(), CONNECTION, grant)
    assert stand_in.portal.refresh_token is None


def test_leaving_twice_is_no_error(hubspot: HubSpot, stand_in: StandIn) -> None:
    grant = granted(hubspot, stand_in)
    hubspot.leave(PlainDoor(), CONNECTION, grant)
    hubspot.leave(PlainDoor(), CONNECTION, grant)


def test_the_settings_that_are_missing_are_named(stand_in: StandIn) -> None:
    bare = HubSpot(settings_for(stand_in, hubspot_client_id="", hubspot_client_secret="", api_public_url=""))
    assert bare.missing_settings() == ["HUBSPOT_CLIENT_ID", "HUBSPOT_CLIENT_SECRET", "API_PUBLIC_URL"]


def test_hubspot_has_one_place_to_sign_in(hubspot: HubSpot) -> None:
    assert hubspot.check_login_url(None) is None
    with pytest.raises(InvalidRequest) as refused:
        hubspot.check_login_url("https://app-eu1.hubspot.com")
    assert refused.value.field == "loginUrl"


def test_another_refusal_breaks_no_connection(hubspot: HubSpot, stand_in: StandIn) -> None:
    grant = granted(hubspot, stand_in)
    elsewhere = HubSpot(settings_for(stand_in, hubspot_base_url=f"{stand_in.url}/elsewhere"))
    with pytest.raises(Refused):
        elsewhere.refresh(PlainDoor(), CONNECTION, grant)


@pytest.mark.parametrize(
    "said",
    [
        {"error": "invalid_grant", "error_description": "missing or invalid refresh token"},
        {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"},
        {"category": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token", "correlationId": "a"},
    ],
)
def test_a_refresh_token_taken_back_is_known_by_any_of_hubspots_words_for_it(
    hubspot: HubSpot, stand_in: StandIn, said: dict[str, str]
) -> None:
    class Refusing(PlainDoor):
        def form(self, url: str, fields: Mapping[str, str]) -> Answer:
            raise Refused("Answered 400.", 400, answer=said)

    with pytest.raises(Revoked):
        hubspot.refresh(Refusing(), CONNECTION, granted(hubspot, stand_in))


def test_a_refresh_token_that_is_given_anew_is_the_one_from_then_on(hubspot: HubSpot, stand_in: StandIn) -> None:
    class Rotating(PlainDoor):
        def form(self, url: str, fields: Mapping[str, str]) -> Answer:
            answer = super().form(url, fields)
            return Answer(answer.status, answer.headers, answer.json | {"refresh_token": "another"})

    assert hubspot.refresh(Rotating(), CONNECTION, granted(hubspot, stand_in)).refresh_token == "another"


@pytest.mark.parametrize(("status", "asked"), [(401, 2), (403, 1), (400, 1)])
def test_an_app_that_hubspot_does_not_uninstall_is_not_left(
    hubspot: HubSpot, stand_in: StandIn, status: int, asked: int
) -> None:
    grant = granted(hubspot, stand_in)
    for _ in range(asked):
        stand_in.refuse_next("external-install", status)
    with pytest.raises(Refused):
        hubspot.leave(PlainDoor(), CONNECTION, grant)
    assert stand_in.requests.count(("DELETE", "/appinstalls/2026-03/external-install")) == asked
    assert stand_in.portal.refresh_token is not None
