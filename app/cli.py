"""The operator's commands: `flask --app wsgi account …`, `key …`, `erase`, `migrate`, `after-restore`,
`reseal`."""

import functools
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import click
from flask import Flask
from peewee import InterfaceError, OperationalError, ProgrammingError

from app.accounts import access, inviting, owners, profile, sessions
from app.accounts.signup import sign_up
from app.billing import ledger
from app.calls import do_not_call, erasing
from app.calls.restoring import end_unsure
from app.config import Mode, Settings
from app.db import db
from app.errors import AppError, Unavailable
from app.migrations import run as migrations
from app.models.account import Account, ApiKey
from app.resealing import reseal
from app.times import iso
from app.vault import Vault

MODE = click.Choice(["live", "test"])
Command = Callable[..., None]


def register(app: Flask, settings: Settings) -> None:
    """Give `app` its commands."""
    for group in (_accounts(settings), _keys(), _numbers()):
        app.cli.add_command(group)
    for command in (_erase(settings), migrate, _after_restore(settings), _reseal(settings)):
        app.cli.add_command(command)


def with_database(command: Command) -> Command:
    """Run a command with a connection of its own; what it cannot do is said in one line, with exit code 1."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            with db.connection_context():
                command(*arguments, **options)
        except AppError as error:
            raise click.ClickException(error.message) from error
        except ProgrammingError as error:
            raise click.ClickException(f"{error}\nIs the database migrated? Run: flask --app wsgi migrate") from error
        except (OperationalError, InterfaceError) as error:
            raise click.ClickException(f"The database cannot be reached: {error}") from error

    return run


def _accounts(settings: Settings) -> click.Group:
    account = click.Group("account", help="Create, list, credit, pause and change accounts.")

    @account.command("create")
    @click.argument("name")
    @click.option("--phone", required=True, metavar="+1555…", help="The owner's number, in E.164 format.")
    @click.option("--caller-name", help="On whose behalf calls are made; needed for live calls.")
    @click.option("--accept-terms", is_flag=True, help="The owner has accepted the calling terms.")
    @click.option("--unmetered", is_flag=True, help="Calls are counted but never charged (self-hosted use).")
    @with_database
    def create(name: str, phone: str, caller_name: str | None, accept_terms: bool, unmetered: bool) -> None:
        """Create an account with the sign-up credit, and print its id."""
        made = sign_up(settings, name, phone, caller_name=caller_name, accept_terms=accept_terms, unmetered=unmetered)
        click.echo(made)

    for command in (
        _invite(settings),
        list_accounts,
        credit,
        take_back,
        pause,
        resume,
        update,
        limit,
        end_sessions,
    ):
        account.add_command(command)
    return account


def _invite(settings: Settings) -> click.Command:
    @click.command("invite")
    @click.argument("account", type=click.UUID)
    @click.argument("email")
    @click.option("--replace", is_flag=True, help="Put that person in the place of the account's owner.")
    @with_database
    def invite(account: UUID, email: str, replace: bool) -> None:
        """Send EMAIL a link by which a person becomes the owner of ACCOUNT, and print it. It works for 7 days."""
        if not settings.api_url:
            raise Unavailable(
                "A link needs the address of this hub: set API_PUBLIC_URL, for example to http://127.0.0.1:8000."
            )
        click.echo(inviting.invite(settings, settings.api_url, account, email, replace=replace))

    return invite


@click.command("end-sessions")
@click.argument("account", type=click.UUID)
@with_database
def end_sessions(account: UUID) -> None:
    """Sign the owner of ACCOUNT out everywhere."""
    owner = owners.of_account(profile.get(account).id)
    click.echo(f"Ended sessions: {sessions.end_all(owner.id) if owner else 0}")


@click.command("list")
@with_database
def list_accounts() -> None:
    """List all accounts, one JSON object a line."""
    for found in profile.everyone():
        click.echo(json.dumps(_account(found), ensure_ascii=False))


@click.command("credit")
@click.argument("account", type=click.UUID)
@click.argument("cents", type=int)
@with_database
def credit(account: UUID, cents: int) -> None:
    """Add CENTS to the balance of ACCOUNT."""
    ledger.credit(account, cents)
    click.echo(f"Balance: {profile.get(account).balance} cents")


@click.command("take-back")
@click.argument("account", type=click.UUID)
@click.argument("cents", type=int)
@with_database
def take_back(account: UUID, cents: int) -> None:
    """Take CENTS from the balance of ACCOUNT, as far as they are available: after a refund or a dispute."""
    taken = ledger.take_back(account, cents)
    click.echo(f"Taken: {taken} cents. Balance: {profile.get(account).balance} cents")


@click.command("pause")
@click.argument("account", type=click.UUID)
@with_database
def pause(account: UUID) -> None:
    """Stop all dialling of ACCOUNT at once. Calls under way go on."""
    profile.pause(account)
    click.echo("Paused.")


@click.command("resume")
@click.argument("account", type=click.UUID)
@with_database
def resume(account: UUID) -> None:
    """Let ACCOUNT dial again."""
    profile.resume(account)
    click.echo("Resumed.")


@click.command("update")
@click.argument("account", type=click.UUID)
@click.option("--name", help="Whose account this is.")
@click.option("--caller-name", help="On whose behalf calls are made.")
@click.option("--email", help="Where notices go, such as that a webhook was disabled.")
@click.option("--accept-terms", is_flag=True, help="The owner has accepted the calling terms.")
@click.option("--disclose-ai/--no-disclose-ai", default=None, help="Whether the agent says that it is an AI.")
@with_database
def update(
    account: UUID,
    name: str | None,
    caller_name: str | None,
    email: str | None,
    accept_terms: bool,
    disclose_ai: bool | None,
) -> None:
    """Change ACCOUNT; what is left out stays."""
    changed = profile.update(
        account,
        name=name,
        caller_name=caller_name,
        email=email,
        accept_terms=accept_terms,
        discloses_ai=disclose_ai,
    )
    click.echo(json.dumps(_account(changed), ensure_ascii=False))


@click.command("limit")
@click.argument("account", type=click.UUID)
@click.argument("name", type=click.Choice(profile.LIMITS))
@click.argument("value", type=int, required=False)
@with_database
def limit(account: UUID, name: str, value: int | None) -> None:
    """Give ACCOUNT a limit of its own; without VALUE the hub's default holds again."""
    profile.limit(account, {name: value})
    click.echo("The hub's default holds." if value is None else f"{name} is {value}.")


def _keys() -> click.Group:
    key = click.Group("key", help="Create, list and revoke API keys.")
    for command in (create_key, list_keys, revoke_key):
        key.add_command(command)
    return key


@click.command("create")
@click.argument("account", type=click.UUID)
@click.option("--mode", type=MODE, required=True, help="test keys call through the sandbox and cost nothing.")
@with_database
def create_key(account: UUID, mode: Mode) -> None:
    """Make an API key for ACCOUNT and print it. It cannot be shown again."""
    _, text = access.issue(account, mode)
    click.echo(text)


@click.command("list")
@click.argument("account", type=click.UUID, required=False)
@with_database
def list_keys(account: UUID | None) -> None:
    """List the keys of ACCOUNT, or of all, one JSON object a line."""
    for found in access.keys_of(account):
        click.echo(json.dumps(_key(found)))


@click.command("revoke")
@click.argument("key", metavar="PREFIX_OR_ID")
@with_database
def revoke_key(key: str) -> None:
    """End an API key, named by its prefix or its id."""
    revoked = access.revoke(key)
    click.echo(f"Revoked {revoked.prefix}… ({revoked.id}).")


def _numbers() -> click.Group:
    group = click.Group("do-not-call", help="The numbers that an account must not call.")
    for command in (add_number, remove_number):
        group.add_command(command)
    return group


@click.command("add")
@click.argument("account", type=click.UUID)
@click.argument("number")
@click.option("--mode", type=MODE, default="live", show_default=True)
@with_database
def add_number(account: UUID, number: str, mode: Mode) -> None:
    """Never call NUMBER for ACCOUNT again."""
    do_not_call.add(profile.get(account).id, mode, number, "api")
    click.echo("Listed.")


@click.command("remove")
@click.argument("account", type=click.UUID)
@click.argument("number")
@click.option("--mode", type=MODE, default="live", show_default=True)
@with_database
def remove_number(account: UUID, number: str, mode: Mode) -> None:
    """Let ACCOUNT call NUMBER again."""
    do_not_call.remove(profile.get(account).id, mode, number)
    click.echo("Removed.")


def _erase(settings: Settings) -> click.Command:
    @click.command("erase")
    @click.argument("account", type=click.UUID)
    @click.argument("number")
    @with_database
    def erase(account: UUID, number: str) -> None:
        """Erase every call of ACCOUNT to NUMBER, with transcripts, events and stored answers."""
        vault = Vault(settings.encryption_keys)
        click.echo(f"Erased calls: {erasing.erase(profile.get(account).id, number, vault)}")

    return erase


def _after_restore(settings: Settings) -> click.Command:
    @click.command("after-restore")
    @with_database
    def after_restore() -> None:
        """After a restore and before the worker starts: end the calls that may have been dialled since the backup."""
        click.echo(f"Ended calls: {end_unsure(settings)}")

    return after_restore


def _reseal(settings: Settings) -> click.Command:
    @click.command("reseal")
    @with_database
    def reseal_secrets() -> None:
        """Seal all secrets with the first of ENCRYPTION_KEYS; a week later the others can go."""
        click.echo(f"Sealed anew: {reseal(Vault(settings.encryption_keys))}")

    return reseal_secrets


@click.command("migrate")
def migrate() -> None:
    """Bring the database's tables up to date. Safe to run twice, and from several machines."""
    try:
        applied = migrations.migrate()
    except (OperationalError, InterfaceError) as error:
        raise click.ClickException(f"The database cannot be reached: {error}") from error
    click.echo("\n".join(applied) or "Nothing to do.")


def _account(account: Account) -> dict[str, Any]:
    return {
        "id": str(account.id),
        "name": account.name,
        "phoneNumber": account.phone_number,
        "email": account.email,
        "balance": account.balance,
        "available": account.available,
        "unmetered": account.unmetered,
        "callerName": account.caller_name,
        "termsAcceptedAt": iso(account.terms_accepted_at),
        "disclosesAi": account.discloses_ai,
        "pausedAt": iso(account.paused_at),
        "createdAt": iso(account.created_at),
    }


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "accountId": str(key.account_id),
        "mode": key.mode,
        "prefix": key.prefix,
        "createdAt": iso(key.created_at),
        "lastUsedAt": iso(key.last_used_at),
        "revokedAt": iso(key.revoked_at),
    }
