"""Writes the same runs for a tracker of others; runs in the environment that holds it.

PYTHON benchmarks/peers_data.py tensorboard|mlflow|aim FOLDER RUNS EPOCHS
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

NAMES = ("val_top1", "val_loss", "train_loss", "train_top1", "val_ece", "lr")


def points(run: int, epochs: int) -> Iterator[tuple[int, str, float]]:
    """(epoch, metric, value), with all their digits as measurements have them."""
    for epoch in range(1, epochs + 1):
        for place, name in enumerate(NAMES):
            noise = 1e-6 * ((epoch * 7919 + run) % 1000)
            yield epoch, name, 1 - 0.9 / (1 + (epoch + 7 * place + run) / 30) + noise


def write_tensorboard(folder: str, runs: int, epochs: int) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    for run in range(runs):
        writer = EventFileWriter(f"{folder}/run {run}")
        for epoch, name, value in points(run, epochs):
            summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
            writer.add_event(Event(step=epoch, wall_time=float(epoch), summary=summary))
        writer.close()


def write_mlflow(folder: str, runs: int, epochs: int) -> None:
    import mlflow
    from mlflow.entities import Metric

    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    client = mlflow.MlflowClient()
    for run in range(runs):
        number = client.create_run("0", run_name=f"run {run}").info.run_id
        rows = [Metric(name, value, 0, epoch) for epoch, name, value in points(run, epochs)]
        for start in range(0, len(rows), 900):
            client.log_batch(number, metrics=rows[start : start + 900])
        client.set_terminated(number)


def write_aim(folder: str, runs: int, epochs: int) -> None:
    from aim import Run

    for run in range(runs):
        tracked = Run(repo=folder, system_tracking_interval=None, capture_terminal_logs=False)
        tracked.name = f"run {run}"
        for epoch, name, value in points(run, epochs):
            tracked.track(value, name=name, step=epoch)
        tracked.close()


if __name__ == "__main__":
    writers = {"tensorboard": write_tensorboard, "mlflow": write_mlflow, "aim": write_aim}
    writers[sys.argv[1]](sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
