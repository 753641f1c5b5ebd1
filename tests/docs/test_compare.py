"""The page's ten lines run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "compare.md"


def ten_lines():
    return re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL).group(1)


@pytest.mark.slow
def test_ten_lines_compare_three_methods(tmp_path, monkeypatch, capsys):
    block = ten_lines()
    assert len(block.strip().splitlines()) <= 10
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLS_TRAINER_THREADS", "1")
    torch.set_num_threads(1)
    # The same lines on less data: the page's run takes minutes.
    quick = block.replace('"glyphs"', '"digits"').replace('"epochs": 20', '"epochs": 3')
    assert quick != block
    exec(compile(quick, str(PAGE), "exec"), {})
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == ["hard", "label_smoothing", "ols"]
    accuracies = [float(re.search(r"top-1 ([\d.]+)%", row).group(1)) for row in rows]
    assert min(accuracies) > 50


def test_the_page_shows_what_its_lines_print():
    shown = re.findall(
        r"^(\w+) +top-1 [\d.]+%  ECE [\d.]+%  memorised [\d.]+%$", PAGE.read_text(), re.M
    )
    assert shown == ["hard", "label_smoothing", "ols"]
