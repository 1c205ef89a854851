"""HubSpot: OAuth, workflow actions that wait, webhooks, and calls on timelines."""
