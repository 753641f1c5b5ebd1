"""The tables, by subject. Whoever imports one has them all: their keys point at each other."""

from backend.store.tables.base import MOST_NAME, Base, UtcDateTime, largest
from backend.store.tables.images import SampleImage, SampleRow, SampleSet
from backend.store.tables.lab import BatchJob, Event, Lab, View, Worker
from backend.store.tables.labels import Audit, AuditColumn, AuditPicture, LabelSet
from backend.store.tables.measurements import Epoch, Matrix, MatrixBand, StepChunk
from backend.store.tables.notices import Alert, Notice, Recipient
from backend.store.tables.people import MOST_PERSON, Change, Person, SignIn
from backend.store.tables.runs import (
    Attempt,
    Experiment,
    Run,
    RunField,
    RunMetric,
    RunOrigin,
    RunTag,
    RunText,
)
from backend.store.tables.searches import Search, Trial

__all__ = [
    "MOST_NAME",
    "MOST_PERSON",
    "Alert",
    "Attempt",
    "Audit",
    "AuditColumn",
    "AuditPicture",
    "Base",
    "BatchJob",
    "Change",
    "Epoch",
    "Event",
    "Experiment",
    "Lab",
    "LabelSet",
    "Matrix",
    "MatrixBand",
    "Notice",
    "Person",
    "Recipient",
    "Run",
    "RunField",
    "RunMetric",
    "RunOrigin",
    "RunTag",
    "RunText",
    "SampleImage",
    "SampleRow",
    "SampleSet",
    "Search",
    "SignIn",
    "StepChunk",
    "Trial",
    "UtcDateTime",
    "View",
    "Worker",
    "largest",
]
