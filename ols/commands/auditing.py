"""`ols audit`: trains on a data set and lists the images whose labels look wrong.

    ols audit --data flowers --out suspects.csv

Without a lab. The recommended run of the data set is trained with OLS unless options say otherwise;
the CSV has one line per training image, the most suspicious first. `is_label_issue`,
`label_score` (lower is worse), `given_label` and `predicted_label` are cleanlab's columns.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ols.commands.spec_options import assemble_spec
from ols.errors import FieldError, SpecError
from ols.spec.audit_scores import DEFAULT_SCORE, SCORE_NAMES
from ols.spec.run_spec import RunSpec


def audit_folder(options: argparse.Namespace, show: Callable[..., None]) -> int:
    """Writes `options.out`; raises OlsError."""
    spec, data_dir = audit_spec(options)
    from tqdm import tqdm

    from ols.training.trainer import Trainer

    with tqdm(total=0, unit="step", leave=False, dynamic_ncols=True, disable=None) as bar:
        trainer = Trainer(
            spec,
            data_dir=data_dir,
            device=options.device,
            threads=options.threads,
            on_progress=lambda news: show(bar, news),
        )
        for _ in trainer:
            pass
    audit = trainer.audit(pictures=0)
    columns, rate = audit.columns, audit.rates[DEFAULT_SCORE]
    with options.out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            _lines(columns, audit.cuts[DEFAULT_SCORE], trainer.info.classes, trainer.image_names())
        )
    print(
        f"{len(columns['number']):,} labels, about {rate:.1%} of them wrong by {DEFAULT_SCORE}; "
        f"the most suspicious stand first in {options.out}"
    )
    return 0


def audit_spec(options: argparse.Namespace) -> tuple[RunSpec, Path]:
    """The run, and the data folder; `--data` stands for an image folder anywhere."""
    data = assemble_spec(options)
    data.setdefault("method", "ols")
    data_dir = options.data_dir
    settings = data.get("dataset", {})
    named = settings if isinstance(settings, str) else settings.get("name")
    if options.data is None:
        if not named and not data.get("preset"):
            raise SpecError([FieldError("--data", "name a folder of images, or --dataset")])
        return RunSpec.parse(data), data_dir
    if named:
        message = "give a folder (--data) or a data set (--dataset), not both"
        raise SpecError([FieldError("--data", message)])
    folder = options.data.resolve()
    data["dataset"] = {**settings, "name": "image_folder", "folder": folder.name}
    data_dir = folder.parent
    return RunSpec.parse(data), data_dir


def _lines(
    columns: dict[str, Any], cut: float, classes: Sequence[str], names: Sequence[str]
) -> Iterator[Sequence[Any]]:
    from ols.measures.label_audit import ranking
    from ols.measures.label_issues import label_issues

    yield (
        *("number", "image", "given_label", "given_name", "predicted_label", "predicted_name"),
        *("is_label_issue", "label_score", *SCORE_NAMES),
    )
    values = columns[DEFAULT_SCORE]
    for each in label_issues(columns, values, ranking(values), cut):
        given, predicted = each.given, each.predicted
        yield (
            *(each.number, names[each.place] if names else ""),
            *(given, classes[given], predicted, classes[predicted], each.is_issue, each.score),
            *(f"{float(columns[name][each.place]):.6g}" for name in SCORE_NAMES),
        )
