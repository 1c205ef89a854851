"""Salesforce: OAuth, records, tasks, the platform event that flows wait for, and outbound messages."""
