"""The command line, through a process of its own where that matters."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ols.__main__ import assemble_spec, build_parser, main
from ols.errors import SpecError

ROOT = Path(__file__).parents[2]


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "ols", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        **options,
    )


def assemble(*arguments):
    return assemble_spec(build_parser().parse_args(["train", *arguments]))


def test_a_run_prints_a_line_per_epoch_and_resumes(tmp_path, capsys):
    command = [
        *("train", "--method", "ols", "--dataset", "digits", "--epochs", 2),
        *("--noise", "symmetric:0.2", "--set", "optimizer.lr=0.05", "--threads", 1),
        *("--data-dir", tmp_path / "data", "--checkpoint-dir", tmp_path / "run"),
    ]
    assert main([*map(str, command)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "1,438 training and 359 validation images, 10 classes, 288 wrong labels" in lines[0]
    assert [line.split()[0] for line in lines if line[:5].strip().isdigit()] == ["1", "2"]
    assert any(line.split()[0] == "val_ece" for line in lines if line.strip())
    assert main([*map(str, command)]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_spec_errors_name_their_fields_and_exit_with_2():
    done = run("train", "--method", "olss", "--epochs", "0", "--set", "optimizer.foo=1")
    assert done.returncode == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "method",
        "epochs",
        "optimizer.foo",
    ]
    assert "Traceback" not in done.stderr


def test_other_errors_exit_with_1(capsys):
    arguments = ["train", "--method", "ols", "--device", "quantum"]
    assert main(arguments) == 1
    assert "unknown device 'quantum'" in capsys.readouterr().err


def test_ctrl_c_is_quiet(monkeypatch, capsys):
    def interrupted(options):
        raise KeyboardInterrupt

    monkeypatch.setattr("ols.__main__.assemble_spec", interrupted)
    assert main(["train"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_help_names_the_catalogue():
    text = " ".join(run("train", "--help").stdout.split())
    for name in ("label_smoothing", "fashion_mnist", "`catalogue` lists all"):
        assert name in text


def test_the_catalogue_is_listed(capsys):
    assert main(["catalogue"]) == 0
    out = capsys.readouterr().out
    assert "label_smoothing" in out
    assert "Mixes every hard label" in out
    assert "cifar_resnext29_32x4d" in out


def test_options_win_over_the_file_and_set_over_both(tmp_path):
    file = tmp_path / "spec.json"
    file.write_text(json.dumps({"method": {"name": "ols", "alpha": 0.3}, "epochs": 9, "seed": 1}))
    data = assemble("--spec", str(file), "--method", "ols", "--epochs", "4", "--set", "epochs=5")
    assert data == {"method": {"name": "ols", "alpha": 0.3}, "epochs": 5, "seed": 1}
    assert assemble("--spec", str(file), "--method", "hard")["method"] == "hard"


def test_set_reaches_parts_given_by_name():
    assert assemble("--method", "ols", "--set", "method.alpha=0.7") == {
        "method": {"name": "ols", "alpha": 0.7}
    }
    assert assemble("--noise", "pair_flip:0.4")["noise"] == {"kind": "pair_flip", "rate": 0.4}
    assert assemble("--set", "schedule.milestones=[3,5]")["schedule"] == {"milestones": [3, 5]}


@pytest.mark.parametrize("wrong", ["epochs", "=3", "a..b=1"])
def test_a_wrong_assignment_is_explained(wrong):
    with pytest.raises(SpecError, match="PATH=VALUE"):
        assemble("--set", wrong)


def test_a_missing_spec_file_is_explained(tmp_path):
    with pytest.raises(SpecError, match="can't read"):
        assemble("--spec", str(tmp_path / "absent.json"))


def test_without_the_extra_a_command_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert main(["train", "--method", "ols"]) == 1
    assert capsys.readouterr().err == "tqdm is not installed: pip install 'ols-lab[train]'\n"
