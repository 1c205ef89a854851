"""Benchmarks: `make bench`, `make bench-webhooks`, `make bench-crm`, or `python -m bench NAME`.

Figures and ratios, beside targets.
"""
