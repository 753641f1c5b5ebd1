"""The states of a run that the client and the command line know.

The lab's own, with their moves, stand in backend/core/run_states.py, which a client does not
install; a test compares them.
"""

from __future__ import annotations

QUEUED, RUNNING, PAUSED = "queued", "running", "paused"
FINISHED, FAILED, CANCELLED = "finished", "failed", "cancelled"

REOPENED = (FAILED, CANCELLED)  # by a script that starts again with the run's key
ENDS = (FINISHED, *REOPENED)
STATES = (QUEUED, RUNNING, PAUSED, *ENDS)
