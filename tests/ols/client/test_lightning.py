"""Lightning's logger: metrics of epochs and of steps, and how the run ends."""

from __future__ import annotations

from argparse import Namespace
from functools import partial

import pytest


@pytest.fixture
def logged_by(lab):
    """The logger's class; here, since Lightning takes two seconds to import."""
    from ols.client.lightning import OLSLabLogger

    return partial(OLSLabLogger, lab=lab)


def log_as_lightning_does(logger):
    """Three steps per epoch that log a loss, then the epoch's accuracy; epoch and step with all."""
    for epoch in (0, 1):
        for batch in range(3):
            step = 3 * epoch + batch
            logger.log_metrics({"loss": 1 / (step + 1), "epoch": epoch}, step)
        logger.log_metrics({"val_top1": epoch / 2, "epoch": epoch}, 3 * epoch + 2)


def test_metrics_of_steps_and_of_epochs_have_their_own_axes(double, logged_by):
    logger = logged_by("mine", classes=["a", "b"])
    logger.log_hyperparams(Namespace(lr=0.1))
    log_as_lightning_does(logger)
    logger.finalize("success")
    assert double.series("loss", "step") == {step: 1 / (step + 1) for step in range(6)}
    assert double.series("val_top1") == {0: 0.0, 1: 0.5}
    assert not double.series("loss")
    assert (double.run()["state"], double.run()["config"]) == ("finished", {"lr": 0.1})
    assert logger.version == 1


@pytest.mark.parametrize(
    ("error", "state", "says"),
    [
        (ValueError("bad labels"), "failed", "ValueError: bad labels"),
        (KeyboardInterrupt(), "cancelled", None),
    ],
)
def test_an_exception_ends_the_run_as_a_with_block_would(double, logged_by, error, state, says):
    logger = logged_by("mine")
    log_as_lightning_does(logger)
    try:
        raise error
    except BaseException:
        logger.finalize("failed")  # as Lightning's trainer does
    assert double.run()["state"] == state
    assert double.run()["error"]["message"] == says


def test_without_an_exception_failed_is_failed(double, logged_by):
    logger = logged_by("mine")
    log_as_lightning_does(logger)
    logger.finalize("failed")
    assert double.run()["state"] == "failed"


def test_nothing_logged_is_no_run(double, logged_by):
    logged_by("mine").finalize("success")
    assert not double.requests
