"""The worker: `python worker.py` places calls, finishes them and sends webhooks until it is told to stop."""

from app.config import load
from app.processes.worker import run

if __name__ == "__main__":
    run(load())
