"""A model that speaks OpenAI's chat completions and follows simple instructions by rules."""
