"""Carriers: REST, TwiML, signatures, callbacks and relay frames; the only importer of twilio."""
