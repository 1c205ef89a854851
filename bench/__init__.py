"""Benchmarks: `make bench`, `make bench-webhooks`, or `python -m bench NAME`. Figures and ratios, beside targets."""
