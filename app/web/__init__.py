"""What the API and the dashboard need alike to answer requests."""
