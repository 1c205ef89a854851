"""Benchmarks: `make bench`, or `python -m bench api|finish|footprint|voice`. Figures and ratios, never a verdict."""
