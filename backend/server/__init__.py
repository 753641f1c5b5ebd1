"""The web service around the routes: security, limits, errors, live events."""
