"""One line that says how a run came out: accuracy, calibration, memorisation, confusion.

    verdict_of(session, run)["sentence"]
    # "77.8% top-1, under-confident (ECE 39.0%, 1.7% at T = 0.40), memorised 4.7% of the wrong
    #  labels; most confused: w/W, I/i. One seed."

The thresholds are below and in docs/run.md. A phrase without a number to back it is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from backend.core.run_states import FINAL, RunState
from backend.schemas.matrices import ConfusedClasses
from backend.schemas.runs import RunDetail
from backend.schemas.verdict import RunVerdict, VerdictPhrase
from backend.store import observatory
from ols.spec.metrics import (
    ACCURACY,
    CALIBRATION,
    CALIBRATION_SCALED,
    MEMORISED,
    TEMPERATURE,
    metric,
)

WELL_CALIBRATED = 0.05  # ECE below this
CHANCE = 1.5  # top-1 up to so many times 1 / K is no better than guessing
CONFUSED = 0.05  # share of two classes' images that must go to the other one
MOST_PAIRS = 2


def verdict_of(session: Session, run: RunDetail) -> RunVerdict:
    """Of a run, with the classes that its last counted epoch confuses most."""
    return verdict(run, observatory.most_confused(session, run["id"], MOST_PAIRS))


def verdict(run: RunDetail, confused: Sequence[ConfusedClasses]) -> RunVerdict:
    """From the last epoch's numbers. `confused`: pairs of classes, the most confused first."""
    parts = (_accuracy(run), _calibration(run), _memorised(run), _confused(confused))
    phrases = [part for part in parts if part]
    if _last(run, ACCURACY) is None and _last(run, CALIBRATION) is None:
        return {"sentence": "", "when": "", "phrases": []}
    when = _when(run)
    words = "".join(_joined(phrases))
    return {"sentence": f"{when}{words}. One seed.", "when": when, "phrases": phrases}


def _when(run: RunDetail) -> str:
    """Nothing for a finished run."""
    if run["state"] == RunState.FINISHED:
        return ""
    return f"{'Up to' if run['state'] in FINAL else 'In'} epoch {run['progress']['epoch']}: "


def _joined(phrases: Sequence[VerdictPhrase]) -> Iterator[str]:
    for place, phrase in enumerate(phrases):
        comma = "; " if phrase["panel"] == "pairs" else ", "
        yield (comma if place else "") + phrase["text"]


def _accuracy(run: RunDetail) -> VerdictPhrase | None:
    top1 = _last(run, ACCURACY)
    if top1 is None:
        return None
    classes = len(run["classes"] or ())
    guessed = classes > 1 and top1 <= CHANCE / classes
    text = f"{_text(ACCURACY, top1)} top-1" + (", no better than chance" if guessed else "")
    return {"text": text, "panel": "accuracy"}


def _calibration(run: RunDetail) -> VerdictPhrase | None:
    """A fitted temperature above 1 says that the network was too sure of itself, below 1 not sure
    enough (Guo et al. 2017)."""
    ece, temperature, scaled = (
        _last(run, n) for n in (CALIBRATION, TEMPERATURE, CALIBRATION_SCALED)
    )
    if ece is None:
        return None
    number = f"ECE {_text(CALIBRATION, ece)}"
    if ece < WELL_CALIBRATED:
        return {"text": f"well calibrated ({number})", "panel": "reliability"}
    if temperature is None:
        return {"text": f"poorly calibrated ({number})", "panel": "reliability"}
    words = "over-confident" if temperature > 1 else "under-confident"
    mended = (
        f", {_text(CALIBRATION_SCALED, scaled)} at T = {temperature:.2f}"
        if scaled is not None
        else ""
    )
    return {"text": f"{words} ({number}{mended})", "panel": "reliability"}


def _memorised(run: RunDetail) -> VerdictPhrase | None:
    share = _last(run, MEMORISED)
    if share is None:
        return None
    return {
        "text": f"memorised {_text(MEMORISED, share)} of the wrong labels",
        "panel": "accuracy",
    }


def _confused(pairs: Sequence[ConfusedClasses]) -> VerdictPhrase | None:
    named = [f"{pair['a_name']}/{pair['b_name']}" for pair in pairs if pair["share"] >= CONFUSED]
    if not named:
        return None
    return {"text": f"most confused: {', '.join(named[:MOST_PAIRS])}", "panel": "pairs"}


def _last(run: RunDetail, name: str) -> float | None:
    summary = run["summary"].get(name)
    return summary["last"] if summary else None


def _text(name: str, value: float) -> str:
    return metric(name).text(value)
