"""What a voice process counts of itself, for Prometheus."""

from prometheus_client import CollectorRegistry, Gauge, Histogram

REGISTRY = CollectorRegistry()
LIVE_CALLS = Gauge("mio_voice_live_calls", "Calls with an open relay in this process.", registry=REGISTRY)
TURN_SECONDS = Histogram(
    "mio_voice_turn_seconds",
    "From what the callee said to the first words of the answer, the model's time included.",
    buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10),
    registry=REGISTRY,
)
