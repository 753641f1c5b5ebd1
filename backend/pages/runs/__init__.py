"""`/`: the runs table."""
