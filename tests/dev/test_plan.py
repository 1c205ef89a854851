"""What `make run` gives its processes."""

import shlex
from dataclasses import fields
from pathlib import Path

from cryptography.fernet import Fernet

from app.config import Settings, load
from app.dev.plan import plan


def environment(folder: Path, **given: str) -> dict[str, str]:
    return plan(given, folder).environment("postgresql://a", "redis://b")


def test_secrets_are_made_once_and_are_for_us_alone(tmp_path: Path) -> None:
    first, second = environment(tmp_path), environment(tmp_path)
    assert first == second
    assert Fernet(first["ENCRYPTION_KEYS"])
    assert len(first["SANDBOX_AUTH_TOKEN"]) == 32
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_what_a_person_sets_is_passed_on_and_wins(tmp_path: Path) -> None:
    given = {"TWILIO_ACCOUNT_SID": "AC1", "OPENAI_API_KEY": "sk-1", "SANDBOX_SPEED": "1", "ENCRYPTION_KEYS": "mine"}
    assert environment(tmp_path, **given).items() >= given.items()


def test_the_operators_commands_get_every_setting_that_the_hub_runs_with(tmp_path: Path) -> None:
    given = {"SIGNUP_CREDIT_CENTS": "700", "OPENAI_API_KEY": "sk-it's", "HOME": "/nowhere", "API_PORT": "9000"}
    wanted = plan(given, tmp_path)
    environment = wanted.environment("postgresql://a", "redis://b")
    lines = [shlex.split(line) for line in wanted.shell(environment).splitlines()]
    assert {word for word, _ in lines} == {"export"}
    exported = dict(setting.split("=", 1) for _, setting in lines)
    assert load(exported) == load(environment)
    assert exported.keys() <= {field.name.upper() for field in fields(Settings)}


def test_an_empty_setting_counts_as_left_out(tmp_path: Path) -> None:
    assert environment(tmp_path, SANDBOX_SPEED="")["SANDBOX_SPEED"] == "3"


def test_the_processes_find_each_other_on_the_chosen_ports(tmp_path: Path) -> None:
    settings = load(environment(tmp_path, VOICE_PORT="9001", SANDBOX_PORT="9002"))
    assert settings.sandbox_url == "http://127.0.0.1:9002"
    assert settings.sandbox_callback_url == "http://127.0.0.1:9001"
    assert settings.webhook_allow_http_loopback


def test_a_proxy_is_not_asked_for_this_machine(tmp_path: Path) -> None:
    given = environment(tmp_path, http_proxy="http://proxy:3128", NO_PROXY="internal")
    assert given["NO_PROXY"] == "internal,127.0.0.1,localhost"
    assert given["no_proxy"] == "127.0.0.1,localhost"


def test_given_servers_need_no_ports_of_ours(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://a", "REDIS_URL": "redis://b", "RUN_DEMO": "0"}
    assert [port.setting for port in plan(given, tmp_path).ports] == ["API_PORT", "VOICE_PORT", "SANDBOX_PORT"]


def test_links_in_e_mails_lead_to_the_pages_and_not_to_a_carriers_tunnel(tmp_path: Path) -> None:
    given = {"API_PORT": "9000", "PUBLIC_URL": "https://tunnel.example"}
    assert load(environment(tmp_path, **given)).api_url == "http://127.0.0.1:9000"
    asked = given | {"API_PUBLIC_URL": "https://hub.example"}
    assert load(environment(tmp_path, **asked)).api_url == "https://hub.example"
