"""The command line: `ols train` trains one run, `ols catalogue` lists names, `ols download` fetches
a dataset, `ols check-data` reads all of its images, `ols audit` finds wrong labels. `ols ls`,
`show`, `submit`, `wait`, `log`, `cancel`, `open`, `export`, `import`, `sync` and `login` ask a lab
(docs/client.md). `python -m ols` is the same.

    ols train --method ols --dataset digits --epochs 5 --noise symmetric:0.2 \\
        --set optimizer.lr=0.05

Exit codes: 0 done, 1 the run failed or the lab refused, 2 the command or spec is wrong,
3 `ols wait` timed out, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ols.commands.parser import add_lab_commands
from ols.commands.spec_options import add_spec_options, assemble_spec
from ols.errors import OlsError, SpecError
from ols.spec.catalogue import DATASETS, METHODS, MODELS
from ols.spec.metric import WHEN, Metric
from ols.spec.metrics import METRICS, in_order, metric, shown
from ols.spec.models.timm_networks import timm_networks
from ols.spec.presets import PRESETS
from ols.spec.run_spec import RunSpec
from ols.training.epoch_report import EpochReport, Progress
from ols.version import __version__

if TYPE_CHECKING:
    from tqdm import tqdm

    from ols.training.trainer import Trainer


def main(arguments: Sequence[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    options.arguments = sys.argv[1:] if arguments is None else arguments
    try:
        return options.run(options)
    except SpecError as error:
        for field in error.fields:
            print(f"{field.path}: {field.message}", file=sys.stderr)
        return 2
    except OlsError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as error:
        if (error.name or "ols").partition(".")[0] == "ols":
            raise  # a fault of this package
        extra = getattr(options, "extra", "train")
        print(f"{error.name} is not installed: pip install 'ols-lab[{extra}]'", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ols", description=__doc__.split("\n\n")[0])
    parser.add_argument("--version", action="version", version=f"ols {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_train(commands.add_parser("train", help="train one run and print each epoch"))
    listing = commands.add_parser("catalogue", help="list methods, datasets, models and metrics")
    listing.set_defaults(run=list_catalogue)
    searching = commands.add_parser("networks", help="list timm's networks")
    searching.add_argument("word", nargs="?", default="", help="what their names hold")
    searching.set_defaults(run=list_networks)
    fetching = commands.add_parser("download", help="download a dataset where that is possible")
    fetching.add_argument("dataset", choices=[entry.name for entry in DATASETS], metavar="dataset")
    fetching.add_argument("--data-dir", type=Path, default=Path("data/datasets"))
    fetching.set_defaults(run=fetch)
    checking = commands.add_parser("check-data", help="list the images that cannot be read")
    checking.add_argument("dataset", choices=[entry.name for entry in DATASETS], metavar="dataset")
    checking.add_argument("--folder", help="of image_folder and hf_folder: its name")
    checking.add_argument("--data-dir", type=Path, default=Path("data/datasets"))
    checking.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    checking.set_defaults(run=check_data)
    auditing = commands.add_parser("audit", help="find images whose label looks wrong")
    auditing.add_argument("--data", type=Path, help="a folder with train/CLASS/*.jpg and val/CLASS")
    add_spec_options(auditing)
    auditing.add_argument("--out", type=Path, required=True, help="the CSV that is written")
    auditing.add_argument("--data-dir", type=Path, default=Path("data/datasets"))
    auditing.add_argument("--device", default="auto", help="auto, cpu, cuda:0")
    auditing.add_argument("--threads", type=int, help="CPU threads (default: cores - 1)")
    auditing.set_defaults(run=audit)
    add_lab_commands(commands)
    completing = commands.add_parser("completion", help="print the shell's tab completion")
    completing.add_argument("shell", choices=["bash", "zsh", "tcsh"], metavar="shell")
    completing.set_defaults(run=complete, extra="client")
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=train)
    add_spec_options(parser)
    parser.add_argument("--data-dir", type=Path, default=Path("data/datasets"))
    parser.add_argument(
        "--checkpoint-dir", type=Path, help="save checkpoints here, and resume from here"
    )
    parser.add_argument(
        "--labels", type=Path, help="a CSV of number,label: decisions on training labels"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:0")
    parser.add_argument("--threads", type=int, help="CPU threads (default: cores - 1)")


def complete(options: argparse.Namespace) -> int:
    import shtab

    print(shtab.complete(build_parser(), options.shell))
    return 0


def list_catalogue(options: argparse.Namespace) -> int:
    for title, entries in (("methods", METHODS), ("datasets", DATASETS), ("models", MODELS)):
        print(title)
        for entry in entries:
            print(f"  {entry.name:<22} {entry.describe()['help'].splitlines()[0]}")
    print("metrics")
    for each in METRICS:
        print(f"  {each.name:<28} {each.title}: {WHEN[each.exists]}")
    print("presets")
    for preset in PRESETS:
        print(f"  {preset.name:<32} {preset.title}")
    return 0


def list_networks(options: argparse.Namespace) -> int:
    print(f"{'name':<62} {'parameters':>11} {'MACs':>8} {'pixels':>6}")
    for each in timm_networks().values():
        if options.word.casefold() in each.name.casefold():
            macs = f"{each.macs / 1e9:.2f} G" if each.macs else ""
            print(f"{each.name:<62} {each.parameters / 1e6:>9.2f} M {macs:>8} {each.image_size:>6}")
    return 0


def fetch(options: argparse.Namespace) -> int:
    # Imported here: torchvision takes a second to load, and no other command needs it yet.
    from ols.data.download import download

    download(options.dataset, options.data_dir)
    print(f"{options.dataset} is in {options.data_dir}")
    return 0


def check_data(options: argparse.Namespace) -> int:
    from ols.data.check import check

    dataset = {"name": options.dataset, **({"folder": options.folder} if options.folder else {})}
    part = RunSpec.parse({"method": "hard", "dataset": dataset}).dataset
    checked = check(part, options.data_dir, max(options.processes, 1))
    for note in checked.notes:
        print(note)
    unreadable = several_frames = 0
    for file in checked.files:
        several_frames += file.several_frames
        if file.problem:
            unreadable += 1
            print(file.problem, flush=True)
    if several_frames:
        print(f"{several_frames:,} images hold several frames; the first is read")
    print(f"{checked.images - unreadable:,} of {checked.images:,} images can be read")
    return 1 if unreadable else 0


def train(options: argparse.Namespace) -> int:
    spec = RunSpec.parse(assemble_spec(options))
    if spec.devices > 1 and "WORLD_SIZE" not in os.environ:
        _start_ranks(spec.devices, options)
    # Imported once the spec is valid: a typing error is reported without loading torch.
    from tqdm import tqdm

    from ols.training.trainer import Trainer

    # disable=None: no bar if the output is not a terminal; of several processes only one prints.
    silent = True if int(os.environ.get("RANK", "0")) else None
    with tqdm(total=0, unit="step", leave=False, dynamic_ncols=True, disable=silent) as bar:
        trainer = Trainer(
            spec,
            data_dir=options.data_dir,
            checkpoint_dir=options.checkpoint_dir,
            device=options.device,
            threads=options.threads,
            on_progress=lambda news: _show_progress(bar, news),
            decisions=_decisions(options.labels),
        )
        if silent:
            return _follow(trainer)
        noisy, averaged = spec.noise.kind != "none", spec.ema > 0
        columns = [m for m in shown("log") if m.every_epoch(noisy=noisy, averaged=averaged)]
        _print_head(trainer.info, columns, bar)
        last = None
        for last in trainer:
            bar.write(_row(last, columns), file=sys.stdout)
            for warning in last.warnings:
                bar.write(f"      {warning}", file=sys.stdout)
    _print_summary(last, spec)
    return 0


def _decisions(path: Path | None) -> dict[int, int | None] | None:
    from ols.data.decided_labels import read_decisions

    return None if path is None else dict(read_decisions(path))


def audit(options: argparse.Namespace) -> int:
    """Trains on the images and writes which labels look wrong."""
    # Imported here: a typing error is reported without loading torch.
    from ols.commands.auditing import audit_folder

    return audit_folder(options, _show_progress)


def _start_ranks(devices: int, options: argparse.Namespace) -> NoReturn:
    """Becomes torchrun, which starts this command once for each device."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # else torchrun sets it, with a long warning
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(devices)]
    os.execv(sys.executable, [sys.executable, *torchrun, "-m", "ols", *options.arguments])


def _follow(trainer: Trainer) -> int:
    """What the other processes do: train along and print nothing."""
    for _ in trainer:
        pass
    return 0


def _show_progress(bar: tqdm[Any], news: Progress) -> None:
    bar.total, bar.n = news.steps, news.step
    bar.set_description(f"epoch {news.epoch}/{news.epochs} {news.stage}", refresh=False)
    left = "" if news.eta_seconds is None else f", run {bar.format_interval(news.eta_seconds)} left"
    bar.set_postfix_str(f"{news.images_per_second:,.0f} images/s{left}", refresh=False)
    bar.refresh()


def _print_head(info: Any, columns: Sequence[Metric], bar: tqdm[Any]) -> None:
    wrong = f", {info.corrupted:,} wrong labels" if info.corrupted else ""
    resumed = f", resumed after epoch {info.resumed_epoch}" if info.resumed_epoch else ""
    classes = f"{len(info.classes)} {'class' if len(info.classes) == 1 else 'classes'}"
    bar.write(
        f"{info.train_size:,} training and {info.val_size:,} validation images, "
        f"{classes}{wrong}; {info.parameters:,} parameters on "
        f"{info.device} ({info.threads} threads, {info.precision}){resumed}",
        file=sys.stdout,
    )
    bar.write("epoch  " + "  ".join(f"{m.name:>{_width(m)}}" for m in columns), file=sys.stdout)


def _row(report: EpochReport, columns: Sequence[Metric]) -> str:
    cells = (f"{m.text(report.metrics[m.name]):>{_width(m)}}" for m in columns)
    return f"{report.epoch:>5}  " + "  ".join(cells)


def _width(metric: Metric) -> int:
    return max(10, len(metric.name))


def _print_summary(last: EpochReport | None, spec: RunSpec) -> None:
    if last is None:
        print("nothing to do: the checkpoint already holds all epochs")
        return
    print(f"{spec.method.name} on {spec.dataset.name}, validated on {spec.eval_on}:")
    width = max(map(len, last.metrics))
    for name in in_order(last.metrics):
        measured = metric(name)
        print(f"  {name:<{width}} {measured.text(last.metrics[name]):>9}  {measured.title}")


if __name__ == "__main__":
    sys.exit(main())
