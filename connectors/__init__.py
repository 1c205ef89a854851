"""What partner platforms install, generated as far as possible from `schemas/`."""
