"""`/runs/new`: the form of a run."""
