"""The OpenAPI document: built from the routes' contracts and `schemas/`, by pure functions."""
