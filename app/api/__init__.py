"""The HTTP API: routes, authentication, validation, errors to HTTP."""
