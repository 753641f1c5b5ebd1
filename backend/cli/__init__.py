"""What `python -m backend` runs."""
