"""The card's benchmark runs in its tiny form where there is no card, and a failure is a sentence in its row."""

import json
from pathlib import Path

import torch

from bench.gpu import Bench, main


def test_the_tiny_form_measures_everything(tmp_path: Path) -> None:
    found = main(["--device", "cpu", "--quick", "--out", str(tmp_path / "gpu.json")])
    assert json.loads((tmp_path / "gpu.json").read_text()) == found
    assert [row for row in found["rows"] if "failed" in row] == []
    kinds = {row["what"] for row in found["rows"]}
    assert kinds == {"limits", "parity", "generator", "live"}
    parity = next(row for row in found["rows"] if row["what"] == "parity")
    assert parity["largest_difference"] == 0.0 and parity["spread"] > 0
    pictures = [row for row in found["rows"] if row["what"] == "generator"]
    assert all(row["picture_s"] > 0 and row["update_s"] > 0 for row in pictures)


def test_what_fails_and_what_comes_too_late_is_said() -> None:
    bench = Bench(torch.device("cpu"), quick=True, seconds=60)
    assert bench.tried({"what": "x"}, lambda: 1 / 0)["failed"].startswith("ZeroDivisionError")
    assert "skipped" in Bench(torch.device("cpu"), quick=True, seconds=-1).tried({"what": "x"}, dict)
