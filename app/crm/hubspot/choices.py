"""Choices that a workflow's step fetches for its inputs. Pure."""

from typing import Any

from app.crm.countries import countries


def choices_for(asked: Any) -> dict[str, Any]:
    """What HubSpot's editor shows in an input: countries for `country`, nothing for any other.

    It asks with the input's name, and with what was typed to narrow the choices.
    """
    asked = asked if isinstance(asked, dict) else {}
    narrowed = asked.get("fetchOptions")
    sought = str(narrowed.get("q") or "").strip().lower() if isinstance(narrowed, dict) else ""
    shown = countries() if asked.get("inputFieldName") == "country" else ()
    options = [{"label": f"{name} (+{calling})", "value": code} for code, name, calling in shown]
    return {"options": [option for option in options if sought in option["label"].lower()], "searchable": True}
