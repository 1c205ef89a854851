"""Numbered migrations and the command that applies them."""
