"""Accounts: sign-up, API keys, what an account may do."""
