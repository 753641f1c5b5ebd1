"""`ols ls`, `show`, `submit`, `fork`, `wait`, `log`, `cancel`, `open`: the runs of a lab."""

from __future__ import annotations

import argparse
import sys
import time
import webbrowser
from typing import Any

from ols.client.lab import Lab
from ols.client.remote_run import RemoteRun
from ols.client.states import ENDS, REOPENED
from ols.client.tables import flat
from ols.commands.output import metric_text, print_json, print_table, run_name
from ols.commands.spec_options import assemble_spec
from ols.errors import LabRefused
from ols.spec.assignments import read_value, split_assignment
from ols.spec.metric import MARK
from ols.spec.metrics import ACCURACY, metric

TIMED_OUT = 3
_LISTED = (ACCURACY, "val_loss")  # metrics of a list, where a run has them


def filters(options: argparse.Namespace) -> dict[str, Any]:
    """What `Lab.runs` takes, from a command line."""
    names = ("state", "method", "dataset", "owner", "tag", "where", "q", "archived", "sort")
    return {name: getattr(options, name) for name in names}


def list_runs(options: argparse.Namespace) -> int:
    rows = Lab(options.url).runs(limit=options.limit, **filters(options))
    if options.json:
        print_json(list(rows))
        return 0
    columns = ("id", "name", "state", "method", "dataset", "epoch", *_LISTED, "created")
    print_table(columns, (_line(row) for row in rows))
    return 0


def _line(row: dict[str, Any]) -> list[Any]:
    progress, summary = row["progress"], row["summary"]
    epochs = f"{progress['epoch']}/{progress['epochs']}" if progress["epochs"] else None
    last = [metric_text(name, summary.get(name, {}).get("last")) for name in _LISTED]
    created = row["created_at"][:16].replace("T", " ")
    return [
        *(row["id"], row["name"], row["state"], row["method"], row["dataset"]),
        *(epochs or progress["epoch"], *last, created),
    ]


def show(options: argparse.Namespace) -> int:
    run = Lab(options.url).get(options.id)
    if options.json:
        print_json(run.data)
        return 0
    data = run.data
    print_table(("run", str(run.id)), _facts(run))
    settings = flat({"spec": data.get("spec") or {}, "config": data.get("config") or {}})
    print()
    print_table(("setting", "value"), settings.items())
    if data["summary"]:
        print()
        _print_metrics(data["summary"], data["eval_on"])
    return 0


def _print_metrics(summary: dict[str, dict[str, Any]], eval_on: str | None) -> None:
    caveats = {}
    for name in summary:
        for which in ("last", "best"):
            if caveat := metric(name).caveat(which, eval_on):
                caveats[name, which] = caveat

    def text(name: str, which: str) -> str:
        value = metric_text(name, summary[name][which])
        return value + MARK if value and (name, which) in caveats else value

    print_table(
        ("metric", "last", "best", "in epoch"),
        (
            (name, text(name, "last"), text(name, "best"), values["best_epoch"])
            for name, values in summary.items()
        ),
    )
    if caveats:
        reasons = " or ".join(sorted(set(caveats.values())))
        print(f"{MARK} {reasons}, on which it is measured: better than new images would say.")


def _facts(run: RemoteRun) -> list[tuple[str, Any]]:
    data = run.data
    facts = [
        ("name", run.name),
        ("state", run.state),
        ("tags", ", ".join(data["tags"])),
        ("notes", data["notes"]),
        ("created", data["created_at"]),
        ("finished", data["finished_at"]),
        ("error", run.error),
        ("page", run.url),
    ]
    return [(name, value) for name, value in facts if value]


def submit(options: argparse.Namespace) -> int:
    lab = Lab(options.url)
    run = lab.submit(
        assemble_spec(options), name=options.name, tags=options.tag, priority=options.priority
    )
    if options.wait:
        run.wait()
    if options.json:
        print_json(run.data)
    else:
        print(f"{run_name(run.data)} is {run.state}: {run.url}")
    return 1 if run.state in REOPENED else 0


def fork(options: argparse.Namespace) -> int:
    changes, start = (
        {path: read_value(text) for path, text in (split_assignment(each, flag) for each in given)}
        for flag, given in (("--set", options.set), ("--start", options.start))
    )
    grid = {path: _values(text) for path, text in map(_grid_assignment, options.grid)}
    run = Lab(options.url).get(options.id)
    if grid:
        made = run.forks(options.epoch, grid, changes, start=start, retrain=options.retrain)
    else:
        name, retrain = options.name, options.retrain
        made = [run.fork(options.epoch, changes, start=start, name=name, retrain=retrain)]
    if options.wait:
        for one in made:
            one.wait()
    if options.json:
        print_json([one.data for one in made] if grid else made[0].data)
    else:
        for one in made:
            print(f"{run_name(one.data)} is {one.state}: {one.url}")
    return int(any(one.state in REOPENED for one in made))


def _grid_assignment(text: str) -> tuple[str, str]:
    return split_assignment(text, "--grid", "method.alpha=0.1,0.5,0.9")


def _values(text: str) -> list[Any]:
    """`0.1,0.5` or a JSON list."""
    whole = read_value(text)
    return whole if isinstance(whole, list) else [read_value(each) for each in text.split(",")]


def wait(options: argparse.Namespace) -> int:
    lab = Lab(options.url)
    ends = None if options.timeout is None else time.monotonic() + options.timeout
    runs = [lab.get(number) for number in options.ids]
    for run in runs:
        left = None if ends is None else max(ends - time.monotonic(), 0)
        try:
            run.wait(left)
        except TimeoutError as error:
            print(error, file=sys.stderr)
            return TIMED_OUT
    if options.json:
        print_json([run.data for run in runs])
    else:
        for run in runs:
            print(f"{run_name(run.data)} is {run.state}" + (f": {run.error}" if run.error else ""))
    return 0 if all(run.state == "finished" for run in runs) else 1


def log(options: argparse.Namespace) -> int:
    run = Lab(options.url).get(options.id)
    text = run.log()
    if options.json:
        print_json({"id": run.id, "log": text})
        return 0
    sys.stdout.write(text)
    while options.follow and run.refresh().state not in ENDS:
        time.sleep(1)
        more = run.log(len(text.encode()))
        sys.stdout.write(more)
        sys.stdout.flush()
        text += more
    return 0


def cancel(options: argparse.Namespace) -> int:
    """1 where one of them had ended; the others are cancelled all the same."""
    lab = Lab(options.url)
    outcomes, refused = [], 0
    for number in options.ids:
        try:
            run = lab.get(number).cancel()
            requested = bool(run.data["cancel_requested"])
            outcomes.append({"id": number, "state": run.state, "cancel_requested": requested})
        except LabRefused as refusal:
            refused = 1
            outcomes.append({"id": number, "error": str(refusal)})
    if options.json:
        print_json(outcomes)
    else:
        for outcome in outcomes:
            ending = "is asked to end" if outcome.get("state") == "running" else "is cancelled"
            text = outcome.get("error") or ending
            print(f"run {outcome['id']}: {text}", file=sys.stderr if "error" in outcome else None)
    return refused


def open_page(options: argparse.Namespace) -> int:
    run = Lab(options.url).get(options.id)
    if options.json:
        print_json({"id": run.id, "url": run.url})
    elif not webbrowser.open(run.url):
        print(run.url)  # no browser here: its address can be copied
    return 0
