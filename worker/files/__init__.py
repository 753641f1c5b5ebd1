"""The files of a run: checkpoints, its log, and where they are kept."""
