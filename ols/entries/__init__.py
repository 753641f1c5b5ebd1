"""The catalogue's tables, a module a kind. No torch."""
