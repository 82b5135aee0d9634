import json
import shutil

import numpy as np
import pytest

from stitch_exp.app import ablation
from stitch_exp.report import results
from stitch_exp.report.records import write_metrics
from stitch_exp.types import Clip, MetricResult, Report
from stitch_exp.video import write_video


@pytest.fixture
def sweep(tmp_path):
    from fractions import Fraction

    frames = list(np.random.default_rng(0).integers(0, 255, (6, 32, 64, 3), dtype=np.uint8))

    class Frames(list):
        pass

    clip = Clip("c", Frames(frames), 32, 64, Fraction(25), np.arange(6), Fraction(1, 25))
    for number, arm in enumerate(("full", "without_pti")):
        folder = tmp_path / "outputs" / "ablation" / "t" / str(number)
        folder.mkdir(parents=True)
        curve = np.linspace(0.9, 1.0, 6) - 0.1 * number
        results = [MetricResult(name, float(curve.mean()), "", "one", curve) for name in ("tg_id", "seam_error")]
        write_metrics(Report(tuple(results)), folder, ("detected",) * 6)
        status = {
            "status": "complete", "cell": arm, "overrides": [f"arm={arm}", "clip=talk"], "frames": 6,
            "seconds": {"tuning": 2.0}, "peak_memory_mb": {"tuning": 5}, "reused": [],
        }  # fmt: skip
        (folder / "status.json").write_text(json.dumps(status))
        (folder / "provenance.json").write_text(json.dumps({"input": {"name": "c", "digest": "d"}}))
        (folder / "config.yaml").write_text("{seed: 0, model: {name: mini}, edit: {attribute: age, strength: 2.0}}")
        write_video(clip, folder / "edited.mp4")
    return tmp_path


def test_the_page_is_rebuilt_byte_for_byte(sweep):
    written = []
    for name in ("one", "two"):
        docs = sweep / name
        docs.mkdir()
        ablation.rebuild(sweep / "outputs", docs)
        written.append({path.name: path.read_bytes() for path in docs.rglob("*") if path.is_file()})
    assert written[0] == written[1]
    assert set(written[0]) >= {"results.md", "tg_id.png", "time.png", "frames_talk.jpg"}
    page = written[0]["results.md"].decode()
    assert "| PTI lifts TG-ID | TG-ID | 0.9500 | 0.8500 | 0.5000 | 0.5000 | **holds (one clip)** |" in page
    assert "edit attribute=age strength=2.0" in page


def test_the_papers_methods_stand_beside_the_published_numbers(sweep):
    outputs = sweep / "outputs"
    assert "as published" not in ablation.rebuild(outputs, sweep).read_text()
    shutil.copytree(outputs / "ablation", outputs / "paper_table")
    page = ablation.rebuild(outputs, sweep).read_text()
    ours, published = page.partition("## Beside the paper")[2].partition("## Over time")[0].split("| as published |")
    assert "| full | 1 | **0.9500** |" in ours and "| without pti | 1 | 0.8500 |" in ours
    assert "| Stitch it in Time (Tzaban et al. 2022) | 0.996 | 0.933 |" in published


def test_the_page_says_when_and_on_what_it_was_made(sweep):
    page = ablation.rebuild(sweep / "outputs", sweep).read_text()
    assert "When they were made is not recorded." in page
    story = {
        "input": {"name": "c", "digest": "d"}, "commit": "abc1234", "versions": {"torch": "2.14.1"},
        "machine": {"system": "Linux", "processor": "x86_64", "device": "cpu"},
    }  # fmt: skip
    for number in (0, 1):
        folder = sweep / "outputs" / "ablation" / "t" / str(number)
        when = {"made_at": f"2026-11-2{8 + number}T23:00:00+00:00"}
        (folder / "provenance.json").write_text(json.dumps(story | when))
    page = ablation.rebuild(sweep / "outputs", sweep).read_text()
    assert "Made on 2026-11-28 to 2026-11-29 at commit abc1234 with torch 2.14.1 on cpu (Linux, x86_64)." in page


def test_no_runs_are_one_sentence(tmp_path, capsys):
    assert ablation.main(["--page-only", f"paths.outputs={tmp_path}"]) == 1
    assert "no run folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("tg_id.png", "![tg id](results/tg_id.png)\n"),
        ("frames_my talk (1) #2.jpg", "![frames my talk (1) #2](results/frames_my%20talk%20%281%29%20%232.jpg)\n"),
        ("frames_caf\u00e9.jpg", "![frames caf\u00e9](results/frames_caf%C3%A9.jpg)\n"),
    ],
)
def test_pictures_of_clips_with_spaces_and_signs_are_linked_as_addresses(tmp_path, name, link):
    assert results._picture(tmp_path / "results" / name, tmp_path) == link
