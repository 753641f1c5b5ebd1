"""The trainer's warnings, which say what to change; None where there is nothing to warn of."""

from __future__ import annotations

from collections.abc import Sequence

from ols.training.memory import memory

FULL = 0.9  # share of the memory above which a run is in danger
SHOWN = 10  # names in one warning


def classes_without_hit(missed: Sequence[str]) -> str | None:
    """Their soft labels are not learned in this epoch."""
    if not missed:
        return None
    more = f" and {len(missed) - SHOWN} more" if len(missed) > SHOWN else ""
    names = ", ".join(missed[:SHOWN])
    return f"no training sample was classified correctly of: {names}{more}"


def learning_rate_too_high(loss: float, lowest: float) -> str | None:
    """`loss` is the epoch's training loss, `lowest` the lowest before it, both in nats."""
    if loss - lowest <= abs(lowest) + 0.1:  # ELR's loss is negative
        return None
    return (
        f"the training loss rose from {lowest:.3g} to {loss:.3g}: the learning rate may be too "
        "high; lower optimizer.lr or add schedule.warmup_epochs"
    )


def memory_nearly_full() -> str | None:
    """Of the machine or the container: a process that fills its memory is killed without notice."""
    used, limit = memory()
    if used < FULL * limit:
        return None
    gib = 2**30
    return (
        f"memory is nearly full ({used / gib:.1f} of {limit / gib:.1f} GiB): the system may end "
        "this run; lower batch_size or train fewer runs at once"
    )
