"""What to say about a trainer that ended unexpectedly."""

from __future__ import annotations

import signal

from backend.core.error_codes import ErrorCode
from worker.trainer.messages import Failure

# Codes of what is explained here: it may pass, so the run is tried again.
UNEXPECTED = (ErrorCode.CRASH, ErrorCode.KILLED, ErrorCode.OUT_OF_MEMORY)


def explain_exit(status: int, who: str = "The trainer") -> Failure:
    """Of a process that ended without saying why; negative: the signal that ended it."""
    if status == -signal.SIGKILL:
        return Failure(
            ErrorCode.KILLED,
            f"{who} was killed by the system (SIGKILL), most often because memory ran out. "
            "Lower batch_size or the model's width, or give the machine more memory.",
        )
    if status < 0:
        name = signal.Signals(-status).name if -status in list(signal.Signals) else str(-status)
        return Failure(ErrorCode.CRASH, f"{who} was ended by {name}. Its log says more.")
    return Failure(
        ErrorCode.CRASH, f"{who} ended with exit status {status} and no message. Its log says more."
    )


def explain_error(error: Exception) -> Failure:
    """Of an unexpected error, with advice where memory ran out (by name: torch may be absent)."""
    text = f"{type(error).__name__}: {error}"
    if (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"  # CUDA's
        or "DefaultCPUAllocator" in text
    ):
        advice = "Memory ran out. Lower batch_size or the model's width, or use a larger device."
        return Failure(ErrorCode.OUT_OF_MEMORY, f"{advice} {text}")
    return Failure(ErrorCode.CRASH, text)
