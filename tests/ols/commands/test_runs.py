"""The commands that ask a lab: what they print, and how they exit."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ols.__main__ import build_parser, main

SPEC = ("--method", "ols", "--dataset", "digits", "--set", "method.alpha=0.7")


@pytest.fixture
def run(lab):
    return lab.submit({"method": "ols", "dataset": "digits"}, name="of a command", tags=["command"])


def test_submit_queues_the_spec_of_the_options(ols):
    code, submitted = ols("submit", *SPEC, "--name", "mine", "--tag", "t", "--json")
    assert code == 0
    assert submitted["spec"]["method"]["alpha"] == 0.7
    assert (submitted["name"], submitted["tags"], submitted["state"]) == ("mine", ["t"], "queued")
    code, text = ols("submit", *SPEC)
    assert "is queued: http" in text


def test_fork_sends_what_changes_and_says_why_not(run, capsys):
    options = ("--set", "method.alpha=0.9", "--start", "seed=3", "--retrain")
    assert main(["fork", str(run.id), "--epoch", "1", *options]) == 1
    assert f"run {run.id} has not recorded it" in capsys.readouterr().err
    grid = ("--grid", "method.alpha=0.1,0.9", "--grid", "start.seed=[0, 1]")
    assert main(["fork", str(run.id), "--epoch", "1", *grid]) == 1
    assert "forks.0.epoch" in capsys.readouterr().err
    assert main(["fork", str(run.id), "--epoch", "1", "--set", "alpha"]) == 2
    assert "expected PATH=VALUE" in capsys.readouterr().err


def test_ls_lists_what_the_filters_let_through(ols, run):
    code, rows = ols("ls", "--tag", "command", "--state", "queued", "-n", 1, "--json")
    assert (code, [row["id"] for row in rows]) == (0, [run.id])
    code, text = ols("ls", "--q", "of a command", "--where", "spec.dataset.name=digits")
    head, *lines = text.splitlines()
    assert head.split() == ["id", "name", "state", *("method", "dataset", "epoch"), "val_top1",
                            "val_loss", "created"]  # fmt: skip
    assert any(line.split()[:5] == [str(run.id), "of", "a", "command", "queued"] for line in lines)
    assert ols("ls", "--tag", "nobody's")[0] == 0


def test_show_prints_state_settings_and_page(ols, run):
    code, text = ols("show", run.id)
    assert code == 0
    assert "of a command" in text
    assert run.url in text
    assert any(line.split() == ["spec.method.alpha", "0.5"] for line in text.splitlines())
    assert ols("show", run.id, "--json")[1]["id"] == run.id


def test_show_marks_what_was_picked_on_the_split_that_it_is_measured_on(ols, lab):
    with lab.run("marked") as logged:
        for epoch, top1 in enumerate((0.5, 0.8, 0.7), start=1):
            logged.log(epoch=epoch, val_top1=top1)
    text = ols("show", logged.id)[1]
    (line,) = (line.split() for line in text.splitlines() if line.startswith("val_top1"))
    assert line == ["val_top1", "70.0%", "80.0%†", "2"]
    assert "† epoch picked on validation, on which it is measured" in text


def test_wait_fails_with_a_run_that_did(ols, run, capsys):
    assert main(["wait", str(run.id), "--timeout", "0"]) == 3
    assert "still queued" in capsys.readouterr().err
    run.cancel()
    code, text = ols("wait", run.id)
    assert (code, text) == (1, f"of a command (run {run.id}) is cancelled\n")
    code, runs = ols("wait", run.id, "--json")
    assert (code, runs[0]["state"]) == (1, "cancelled")


def test_cancel_cancels_the_others_where_one_has_ended(ols, lab, run):
    other = lab.submit({"method": "hard", "dataset": "digits"})
    run.cancel()
    code, outcomes = ols("cancel", run.id, other.id, "--json")
    assert code == 1
    assert "error" in outcomes[0]
    assert outcomes[1]["state"] == other.refresh().state == "cancelled"


def test_open_opens_the_page_or_prints_its_address(ols, run, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    assert ols("open", run.id) == (0, "")
    assert opened == [run.url]
    monkeypatch.setattr("webbrowser.open", lambda url: False)
    assert ols("open", run.id) == (0, f"{run.url}\n")


def test_log_of_a_run_that_has_none_is_empty(ols, run):
    assert ols("log", run.id) == (0, "")
    run.cancel()
    assert ols("log", run.id, "--follow", "--json") == (0, {"id": run.id, "log": ""})


def test_what_the_lab_refuses_is_said_without_a_traceback(lab, capsys):
    assert main(["show", "123456"]) == 1
    assert "123456" in capsys.readouterr().err
    assert main(["ls", "--url", "http://127.0.0.1:9"]) == 1
    assert "does not answer" in capsys.readouterr().err
    assert main(["submit", "--method", "ols", "--set", "method.alpha=7"]) == 1
    assert "spec.method.alpha" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_the_shell_completes_commands_and_options(shell, capsys):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "submit" in script
    assert "archived" in script


def test_the_help_loads_nothing_that_asks_a_lab():
    code = (
        "import sys; from ols.__main__ import build_parser; build_parser(); "
        "print([m for m in ('httpx', 'rich', 'pandas', 'shtab') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_missing_library_names_the_extra_that_brings_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 1
    assert capsys.readouterr().err == "shtab is not installed: pip install 'ols-lab[client]'\n"


def test_every_command_of_the_lab_prints_json():
    actions = next(
        each for each in build_parser()._actions if each.choices and not each.option_strings
    )
    asking = [name for name, parser in actions.choices.items() if parser.get_default("extra")]
    assert set(asking) >= {"ls", "show", "submit", "wait", "log", "cancel", "open", "sync", "login"}
    for name in set(asking) - {"completion"}:
        assert "--json" in actions.choices[name].format_help(), name
