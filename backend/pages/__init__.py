"""The HTML pages: pages first, the URL is the state, each with a JSON twin under /api."""
