"""What the page's parts do, without a browser."""

import json
from pathlib import Path

import pytest

pytest.importorskip("gradio")

from stitch_exp.ui.page import _finished, _left, _runs, page


def test_the_page_is_built_and_lists_complete_runs_only(tmp_path: Path) -> None:
    for name, status in (("a", "complete"), ("b", "failed"), ("c", "complete")):
        folder = tmp_path / "default" / name
        folder.mkdir(parents=True)
        text = {"status": status, "name": f"edit={name}", "frames": 3, "seconds": {"tuning": 1.5, "edit": 1.0}}
        (folder / "status.json").write_text(json.dumps(text))
        story = {"input": {"name": "clip.mp4"}, "edit": {"age": -2.0, "smile": 1.5}}
        (folder / "provenance.json").write_text(json.dumps(story))
        (folder / "edited.mp4").touch()
    assert [run.folder.name for run in _finished(tmp_path)] == ["c", "a"]
    assert _runs(tmp_path)[0] == ["default/c", "clip age -2 smile +1.5", 3, 2]
    labels = [block.label for block in page([], tmp_path).blocks.values() if getattr(block, "label", None)]
    assert {"Edit", "Frame", "Finished runs: choose one to play it", "Before | after"} <= set(labels)


def test_the_bar_says_how_long_a_task_still_takes() -> None:
    heard = []
    hear = _left(lambda share, desc: heard.append((share, desc)))
    hear("tuning", 0, 4)
    hear("tuning", 2, 4)
    hear("reading", 7, None)
    assert heard[0] == ((0, 4), "tuning") and heard[2] == ((7, None), "reading")
    assert heard[1][0] == (2, 4) and heard[1][1].startswith("tuning, about 0 s left")
