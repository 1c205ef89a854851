"""Money: the tariff and the ledger."""
