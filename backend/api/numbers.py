"""Numbers in addresses and queries, bounded by the columns that they are looked up in.

PostgreSQL refuses a number that its column can't hold. Here it is no run's number: 404 in an
address, 422 elsewhere.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BeforeValidator, Field

from backend.store.errors import NotFound
from backend.store.run_numbers import LARGEST_RUN, natural
from backend.store.tables import (
    Attempt,
    Epoch,
    Event,
    Experiment,
    SampleImage,
    SampleRow,
    SignIn,
    Trial,
    View,
    largest,
)

LARGEST_EVENT = largest(Event.id)
LARGEST_EPOCH = largest(Epoch.epoch)
LARGEST_TRIAL = largest(Trial.number)
LARGEST_CLASS = largest(SampleRow.number)


def _in_path(thing: str, most: int, description: str) -> tuple[Any, Any]:
    """A path's number; another text is nothing's number: raises NotFound."""

    def read(text: str) -> int:
        number = natural(text, most)
        if number is None:
            raise NotFound(f"There is no {thing} {text[:40]}.")
        return number

    return BeforeValidator(read), Path(ge=0, le=most, description=description)


RunId = Annotated[int, *_in_path("run", LARGEST_RUN, "The run's number.")]
ExperimentId = Annotated[
    int, *_in_path("experiment", largest(Experiment.id), "The experiment's number.")
]
AttemptNumber = Annotated[
    int, *_in_path("attempt", largest(Attempt.attempt), "The attempt's number, from 1 on.")
]
ViewId = Annotated[int, *_in_path("view", largest(View.id), "The view's number.")]
SignInId = Annotated[int, *_in_path("sign-in", largest(SignIn.id), "The sign-in's number.")]
EpochNumber = Annotated[
    int, *_in_path("epoch", LARGEST_EPOCH, "Counts from 1, of a logged run from 0; S⁰ is 0.")
]
ClassNumber = Annotated[int, *_in_path("class", LARGEST_CLASS, "Counts from 0.")]
ImageNumber = Annotated[
    int, *_in_path("image", largest(SampleImage.number), "The image's own number.")
]

Id = Annotated[int, Field(ge=1, le=LARGEST_RUN)]  # of a run or an experiment, in a body or query
AfterPoint = Annotated[int, Query(ge=-1, le=2**53 - 1, description="Only later epochs, or steps.")]
UpToEpoch = Annotated[
    int | None,
    Query(
        ge=0,
        le=LARGEST_EPOCH,
        description="The newest matrix not later than this; none: the last.",
    ),
]
