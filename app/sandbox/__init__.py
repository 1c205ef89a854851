"""The sandbox: a local carrier that speaks Twilio's protocols, people behind its numbers, and a model.

A process of its own. The hub reaches it as it reaches Twilio and OpenAI; nothing here imports the hub, but `app.cast`
that both read.
"""
