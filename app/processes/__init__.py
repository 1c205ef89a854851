"""The composition roots: one for each process, so that each composes only what it uses."""
