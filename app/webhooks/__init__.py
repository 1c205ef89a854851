"""Events, the webhooks that want them, and their deliveries."""
