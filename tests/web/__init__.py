"""What the API and the dashboard share."""
