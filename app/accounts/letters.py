"""What owners are written: a subject and a text each. Pure."""

from typing import Final, NamedTuple

_IGNORE: Final = "If it was not you, you need not do anything: without this link nothing happens."
_ALARM: Final = (
    "If it was not you, choose a new password at once: {base}/forgotten\n"
    "That ends every session. Then look at your API keys and webhooks."
)


class Letter(NamedTuple):
    """One e-mail, but for whom it goes to."""

    subject: str
    text: str


def sign_up(base: str, token: str) -> Letter:
    return Letter(
        "Confirm your e-mail address",
        "Somebody, you we hope, signed up at Mio Hub with this address. Open this link to have the account made:\n\n"
        f"{_link(base, token)}\n\nIt works once, for 24 hours. {_IGNORE}",
    )


def known(base: str) -> Letter:
    """To an owner whose address somebody signed up with."""
    return Letter(
        "You have an account already",
        "Somebody, you we hope, signed up at Mio Hub with this address. It has an account already: nothing was"
        f" changed.\n\nSign in: {base}/sign-in\nIf you do not know the password any more: {base}/forgotten",
    )


def reset(base: str, token: str) -> Letter:
    return Letter(
        "Choose a new password",
        "Somebody, you we hope, asked for a new password at Mio Hub. Open this link to choose one:\n\n"
        f"{_link(base, token)}\n\nIt works once, for one hour, and ends all your sessions. {_IGNORE}",
    )


def unknown(base: str) -> Letter:
    """To an address without an account, for which somebody asked for a new password."""
    return Letter(
        "There is no account with this address",
        "Somebody, you we hope, asked for a new password at Mio Hub with this address. It has no account. If you have"
        f" one, it is with another address: {base}/forgotten\nIf it was not you, you need not do anything.",
    )


def move(base: str, token: str) -> Letter:
    return Letter(
        "Confirm your new e-mail address",
        "You, we hope, asked to sign in to Mio Hub with this address from now on. Open this link to have it so:\n\n"
        f"{_link(base, token)}\n\nIt works once, for 24 hours. {_IGNORE}",
    )


def move_taken(base: str) -> Letter:
    """To an owner whose address another owner wants to move to."""
    return Letter(
        "This address has an account already",
        "Somebody, you we hope, asked to sign in to another account at Mio Hub with this address. It has an account of"
        f" its own: nothing was changed.\n\nSign in: {base}/sign-in",
    )


def moving(base: str, new: str) -> Letter:
    """To the old address, when a new one is asked for."""
    return Letter(
        "Your e-mail address is about to change",
        f"The address of your account at Mio Hub becomes {new} once that is confirmed there.\n\n{_alarm(base)}",
    )


def moved(base: str, new: str) -> Letter:
    """To the old address, once the new one is confirmed."""
    return Letter(
        "Your e-mail address was changed",
        f"Your account at Mio Hub is signed in to with {new} from now on, and no longer with this address.\n\n"
        "If it was not you, ask whoever runs this hub for help at once.",
    )


def invite(base: str, token: str, account: str) -> Letter:
    return Letter(
        "You are invited to an account",
        f"Whoever runs this Mio Hub makes you the owner of the account {account}. Open this link to choose a password:"
        f"\n\n{_link(base, token)}\n\nIt works once, for 7 days. If you do not know what this is about, you need not do"
        " anything.",
    )


def password_changed(base: str) -> Letter:
    return Letter(
        "Your password was changed",
        f"The password of your account at Mio Hub was changed, and other sessions were ended.\n\n{_alarm(base)}",
    )


def codes_on(base: str) -> Letter:
    return Letter(
        "One-time codes are on",
        "Signing in to Mio Hub asks for a one-time code from now on. Keep the recovery codes where you find them"
        f" without your device.\n\n{_alarm(base)}",
    )


def codes_off(base: str) -> Letter:
    return Letter(
        "One-time codes are off",
        f"Signing in to Mio Hub does not ask for a one-time code any more.\n\n{_alarm(base)}",
    )


def codes_renewed(base: str) -> Letter:
    return Letter(
        "There are new recovery codes",
        f"The recovery codes of your account at Mio Hub were replaced: the old ones are void.\n\n{_alarm(base)}",
    )


def code_recovered(base: str, left: int) -> Letter:
    return Letter(
        "A recovery code was used",
        f"Somebody, you we hope, signed in to Mio Hub with a recovery code. {left} are left: new ones are made at"
        f" {base}/settings/security\n\n{_alarm(base)}",
    )


def codes_guessed(base: str) -> Letter:
    return Letter(
        "Wrong one-time codes",
        "Somebody who knows your password at Mio Hub has told several wrong one-time codes. They have to wait now."
        f"\n\n{_alarm(base)}",
    )


def _link(base: str, token: str) -> str:
    return f"{base}/links/{token}"


def _alarm(base: str) -> str:
    return _ALARM.format(base=base)
