"""What the store keeps of mistaken images; the API's view of them: test_api_confused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.store import class_facts, confused, recorder, samples
from backend.store.database import Database
from backend.store.errors import NotFound
from ols.training.epoch_report import ClassSamples, ConfusedPairs
from tests.support import factories as make


def test_images_are_found_again_and_drawn_once(database: Database) -> None:
    found = ConfusedPairs("train", np.array([[1, 0, 7, 9]], np.int32), {7: b"seven", 9: b"nine"})
    run_id = make.submit(database, eval_on="holdout")
    taken = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, taken, make.info())
        recorder.record_samples(session, taken, ClassSamples(2, 8, (b"zero", b"one", b"two")))
    for number, pictures in enumerate((found.pictures, {7: b"again"}), 1):
        told = replace(found, pictures=pictures)
        with database.write() as session:
            recorder.record_epoch(
                session, taken, replace(make.report(number), confused=told), make.LEASE
            )
    with database.read() as session:
        about = samples.facts(session, run_id, class_facts.get(session, run_id))
        kept = confused.pairs(session, run_id, about, epoch=None, row=None, limit=9)
        assert kept == {
            "epoch": 2,
            "part": "train",
            "pairs": [{"a": 1, "b": 0, "images": [7, 9]}],
        }
        assert confused.picture(session, run_id, about, 7) == b"seven"
        with pytest.raises(NotFound):
            confused.picture(session, run_id, about, 8)
