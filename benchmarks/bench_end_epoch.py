"""What the end of an epoch costs OLS with many classes, all of which were seen.

    python -m benchmarks.bench_end_epoch [classes ...]

CPU seconds of one thread, the fastest of some rounds; both ways take turns on equal sums, and
their soft labels must be equal to the bit. "Row lists" is how it was until 0.2: the rows with a
hit are picked, divided and put back by index. Both leave out building the table of targets, which
of more than 4,096 classes is a sum over S.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import torch
from torch import Tensor

from ols.methods.soft_label_statistics import SoftLabelStatistics

ROUNDS = 5
CHUNK = 1024  # rows


def row_lists(statistics: SoftLabelStatistics, soft: Tensor) -> None:
    """The baseline."""
    sums = statistics.sums
    hit = (sums[:-1].sum(1) <= 0).logical_not()
    for rows in hit.nonzero().squeeze(1).split(CHUNK):
        picked = sums.index_select(0, rows)
        soft.index_copy_(0, rows, picked.div_(picked.sum(1, keepdim=True)))
    sums.index_fill_(0, hit.nonzero().squeeze(1), 0.0)
    sums[-1].zero_()


def blocks(statistics: SoftLabelStatistics, soft: Tensor) -> None:
    """What is in use."""
    statistics.close(soft, None)


def seconds(
    close: Callable[[SoftLabelStatistics, Tensor], None],
    statistics: SoftLabelStatistics,
    soft: Tensor,
) -> float:
    """CPU time of closing an epoch in which each class was seen."""
    torch.manual_seed(0)
    for row in statistics.sums[:-1]:
        row.uniform_()
    began = time.process_time()
    close(statistics, soft)
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_end_epoch")
    parser.add_argument("classes", nargs="*", type=int, default=[100, 1000, 20_000])
    torch.set_num_threads(1)
    for num_classes in parser.parse_args().classes:
        statistics = SoftLabelStatistics(num_classes)
        soft, other = torch.zeros(2, num_classes, num_classes).unbind()
        before, after = [], []
        for _ in range(ROUNDS):
            before.append(seconds(row_lists, statistics, other))
            after.append(seconds(blocks, statistics, soft))
        assert torch.equal(soft, other)
        print(
            f"K = {num_classes:6,}: row lists {1000 * min(before):9.2f} ms, "
            f"blocks {1000 * min(after):9.2f} ms, {min(before) / min(after):.2f} times as fast"
        )


if __name__ == "__main__":
    main()
