"""Turns `schemas/` into what each platform wants: `contract` reads, `catalogue` chooses, a module a platform writes."""
