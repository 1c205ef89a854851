"""The dashboard: pages on which people sign up, get keys, watch calls and see every webhook's attempts."""
