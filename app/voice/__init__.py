"""The voice process: carrier callbacks and the conversation of each live call."""
