"""Mio Hub: a hub that lets code, automation platforms and CRMs trigger AI phone calls."""
