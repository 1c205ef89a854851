"""What a call costs. Pure: whole seconds in, whole cents out."""


def cost_cents(seconds: int, cents_per_minute: int) -> int:
    """Per second, rounded up to the cent: 45 s at 56 cents a minute are 42 cents; an unanswered call is free."""
    return -(-max(seconds, 0) * cents_per_minute // 60)


def minutes_cents(minutes: int, cents_per_minute: int) -> int:
    """The hold that covers this many minutes."""
    return cost_cents(minutes * 60, cents_per_minute)


def dollars(cents: int) -> str:
    """An amount as people read it: $4.44, −$0.42, $1,250.00."""
    return f"{'−' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
