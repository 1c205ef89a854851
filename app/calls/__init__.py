"""A call's life: accepted, placed, held, ended, settled."""
