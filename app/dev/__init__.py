"""What `make run` supervises: a private PostgreSQL and Redis, the hub's processes, and the demo."""
