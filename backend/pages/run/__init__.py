"""`/runs/{id}`: one run."""
