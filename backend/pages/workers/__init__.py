"""`/workers`: who works, on what, since when."""
