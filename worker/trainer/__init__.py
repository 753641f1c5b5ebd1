"""The trainer process of a run: how it is started, and what runs in it."""
