"""The language model: streamed turns, greetings, summaries; the only importer of openai."""
