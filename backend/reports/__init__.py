"""Self-contained files: reports, the notebook's functions, notes as HTML."""
