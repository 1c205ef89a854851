"""Authorising at Salesforce, against a stand-in that checks PKCE and signatures by itself."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from app.config import Settings
from app.crm import authorising, grants
from app.crm.failures import Later, Refused, Revoked
from app.crm.platform import Grant
from app.crm.salesforce.oauth import audience
from app.crm.salesforce.platform import Salesforce
from app.errors import InvalidRequest, Unavailable
from app.times import now
from tests.crm.salesforce.conftest import HUB, Site
from tests.crm.salesforce.organisation import ID, new_id
from tests.crm.salesforce.signing_in import USERNAME

VERIFIER = "v" * 64


def granted(site: Site, verifier: str = VERIFIER) -> Grant:
    """A grant by the link, whose challenge is that of VERIFIER."""
    connection = site.pending()
    link = site.salesforce.authorize_url(connection, "a-state", authorising.challenge_of(VERIFIER))
    back = dict(parse_qsl(urlsplit(site.cloud.grant(link)).query))
    return site.salesforce.exchange(site.door(connection), connection, back["code"], verifier)


def refreshed(site: Site, grant: Grant, **columns: object) -> Grant:
    connection = site.pending(**columns)
    return site.salesforce.refresh(site.door(connection), connection, grant)


def by_key(site: Site, username: str = USERNAME) -> Grant | None:
    connection = site.pending(username=username)
    return site.salesforce.grant_by_key(site.door(connection), connection)


# By a link


def test_the_link_asks_for_a_code_with_a_challenge_and_the_scopes_that_are_used(site: Site) -> None:
    link = site.salesforce.authorize_url(site.pending(), "a-state", "a-challenge")
    asked = {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}
    assert link.startswith(f"{site.cloud.url}/services/oauth2/authorize?")
    assert asked == {
        "response_type": "code",
        "client_id": site.settings.salesforce_client_id,
        "redirect_uri": f"{HUB}/crm/salesforce/authorized",
        "scope": "api refresh_token",
        "state": "a-state",
        "code_challenge": "a-challenge",
        "code_challenge_method": "S256",
    }


def test_a_code_is_exchanged_for_a_grant_of_the_organisation(site: Site) -> None:
    grant = granted(site)
    assert (grant.external_id, grant.external_name, grant.base_url) == (ID, "127.0.0.1", site.cloud.url)
    assert {grant.access_token} == site.cloud.signing_in.access_tokens
    assert {grant.refresh_token} == site.cloud.signing_in.refresh_tokens


def test_a_token_whose_end_nobody_names_is_taken_for_good_for_an_hour(site: Site) -> None:
    assert timedelta(minutes=59) < granted(site).expires_at - now() <= timedelta(hours=1)


def test_an_organisation_named_by_15_characters_is_the_one_of_18(site: Site) -> None:
    site.cloud.signing_in.organisation = ID[:15]
    assert granted(site).external_id == ID


def test_a_code_with_another_verifier_is_refused_in_words(site: Site) -> None:
    with pytest.raises(InvalidRequest, match="invalid code verifier"):
        granted(site, verifier="w" * 64)


def test_a_code_works_once(site: Site) -> None:
    connection = site.pending()
    with pytest.raises(InvalidRequest, match="expired authorization code"):
        site.salesforce.exchange(site.door(connection), connection, "aPrx-unknown", VERIFIER)


def test_a_wrong_secret_of_ours_is_said(site: Site) -> None:
    wrong = replace(site.settings, salesforce_client_secret="another")
    with pytest.raises(InvalidRequest, match="invalid client credentials"):
        granted(replace(site, settings=wrong, salesforce=Salesforce(wrong)))


def test_a_my_domain_is_where_its_people_sign_in(site: Site) -> None:
    kept = site.salesforce.check_login_url("https://example.my.salesforce.com")
    link = site.salesforce.authorize_url(site.pending(login_url=kept), "a-state", "a-challenge")
    assert link.startswith("https://example.my.salesforce.com/services/oauth2/authorize?")


@pytest.mark.parametrize("instance", ["https://example.org", "http://example.my.salesforce.com", "ftp://x", "nothing"])
def test_an_answer_that_leads_elsewhere_is_not_trusted(site: Site, instance: str) -> None:
    site.cloud.signing_in.instance_url = instance
    with pytest.raises(InvalidRequest, match="trusted"):
        granted(site)


def test_an_answer_without_an_organisation_is_not_trusted(site: Site) -> None:
    site.cloud.signing_in.organisation = "none"
    with pytest.raises(InvalidRequest, match="trusted"):
        granted(site)


# By our key


def test_our_key_is_enough_for_a_user_who_has_approved_the_app(site: Site) -> None:
    grant = by_key(site)
    assert grant is not None
    assert (grant.external_id, grant.refresh_token) == (ID, None)
    assert grant.access_token in site.cloud.signing_in.access_tokens


def test_a_connection_without_a_username_has_no_such_way(site: Site) -> None:
    assert by_key(site, "") is None


@pytest.mark.parametrize("username", ["someone@example.com", "{x}@example.com", "%s"])
def test_a_user_who_has_not_approved_the_app_is_told_what_to_do(site: Site, username: str) -> None:
    with pytest.raises(InvalidRequest, match="pre-authorise") as refused:
        by_key(site, username)
    assert refused.value.field == "username"
    assert username in refused.value.message


def test_a_key_that_the_app_does_not_know_is_refused(site: Site) -> None:
    site.cloud.signing_in.public_key = generate_private_key(65537, 2048).public_key()
    with pytest.raises(InvalidRequest, match="invalid assertion"):
        by_key(site)


def test_an_assertion_for_another_server_is_refused(site: Site) -> None:
    other = replace(site.settings, salesforce_login_url=site.cloud.url.replace("127.0.0.1", "localhost"))
    elsewhere = replace(site, settings=other, salesforce=Salesforce(other))
    connection = elsewhere.pending(username=USERNAME, login_url=site.cloud.url + "/")
    with pytest.raises(InvalidRequest, match="audience is invalid"):
        elsewhere.salesforce.grant_by_key(elsewhere.door(connection), connection)


@pytest.mark.parametrize(
    ("login", "meant"),
    [
        ("https://login.salesforce.com", "https://login.salesforce.com"),
        ("https://test.salesforce.com", "https://test.salesforce.com"),
        ("https://example.my.salesforce.com", "https://login.salesforce.com"),
        ("https://example--dev.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("https://app-speed-1234.scratch.my.salesforce.com", "https://test.salesforce.com"),
        ("https://example.develop.my.salesforce.com", "https://login.salesforce.com"),
    ],
)
def test_an_assertion_is_for_the_server_of_all_organisations_or_of_all_sandboxes(login: str, meant: str) -> None:
    assert audience(Settings(database_url="", redis_url="", encryption_keys=""), login) == meant


def test_another_refusal_is_told_in_salesforces_words(site: Site) -> None:
    site.cloud.signing_in.public_key = generate_private_key(65537, 2048).public_key()
    with pytest.raises(InvalidRequest, match=r"did not let \{x\} in: invalid assertion"):
        by_key(site, "{x}")


@pytest.mark.parametrize("key", ["", "no key", "-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----"])
def test_a_key_that_cannot_be_used_is_said_to_be_the_hubs_trouble(site: Site, key: str) -> None:
    wrong = replace(site.settings, salesforce_private_key=key)
    with pytest.raises(Unavailable, match="SALESFORCE_PRIVATE_KEY") as refused:
        by_key(replace(site, settings=wrong, salesforce=Salesforce(wrong)))
    assert "AAAA" not in refused.value.message


# Afterwards


def test_a_refresh_gives_a_new_token_and_the_refresh_token_that_is_good_from_now_on(site: Site) -> None:
    first = granted(site)
    second = refreshed(site, first)
    assert second.access_token != first.access_token
    assert {second.refresh_token} == site.cloud.signing_in.refresh_tokens
    assert refreshed(site, second).access_token in site.cloud.signing_in.access_tokens


def test_a_refresh_token_that_is_not_replaced_is_kept(site: Site) -> None:
    site.cloud.signing_in.rotating = False
    first = granted(site)
    assert refreshed(site, first).refresh_token == first.refresh_token


def test_a_grant_by_our_key_is_renewed_by_it(site: Site) -> None:
    first = by_key(site)
    assert first is not None
    second = refreshed(site, first, username=USERNAME)
    assert second.access_token not in ("", first.access_token)
    assert second.refresh_token is None


def test_a_refresh_token_that_was_revoked_means_that_the_authorisation_was_taken_back(site: Site) -> None:
    grant = granted(site)
    site.cloud.revoke()
    with pytest.raises(Revoked, match="expired access/refresh token"):
        refreshed(site, grant)


def test_an_approval_that_was_withdrawn_means_that_the_authorisation_was_taken_back(site: Site) -> None:
    grant = by_key(site)
    assert grant is not None
    site.cloud.revoke()
    with pytest.raises(Revoked, match="hasn't approved"):
        refreshed(site, grant, username=USERNAME)


def test_another_organisation_cannot_come_in_by_a_refresh(site: Site) -> None:
    grant = granted(site)
    site.cloud.signing_in.organisation = new_id("00D")
    with pytest.raises(Revoked, match="another organisation"):
        refreshed(site, grant)


def test_a_refresh_cannot_lead_to_another_host(site: Site) -> None:
    grant = granted(site)
    site.cloud.signing_in.instance_url = "https://example.org"
    with pytest.raises(Refused, match="trusted"):
        refreshed(site, grant)


def test_who_is_down_is_asked_again(site: Site) -> None:
    grant = granted(site)
    site.cloud.down()
    with pytest.raises(Later):
        refreshed(site, grant)


def test_leaving_takes_the_whole_authorisation_back_and_twice_is_no_error(site: Site) -> None:
    grant = granted(site)
    connection = site.pending()
    for _ in range(2):
        site.salesforce.leave(site.door(connection), connection, grant)
    assert (site.cloud.signing_in.access_tokens, site.cloud.signing_in.refresh_tokens) == (set(), set())


def test_leaving_a_grant_by_our_key_ends_its_token(site: Site) -> None:
    grant = by_key(site)
    assert grant is not None
    connection = site.pending(username=USERNAME)
    site.salesforce.leave(site.door(connection), connection, grant)
    assert site.cloud.signing_in.access_tokens == set()


def test_an_expired_token_is_renewed_once_and_the_request_repeated(site: Site) -> None:
    connection = site.connect()
    site.cloud.expire()
    assert site.salesforce.latest(site.line(connection), "contact") is None
    assert site.cloud.refreshes == 1
    assert grants.opened(connection, site.vault).access_token in site.cloud.signing_in.access_tokens
