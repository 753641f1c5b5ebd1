"""`python -m backend slurm`: jobs for queued runs."""
