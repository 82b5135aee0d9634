import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from stitch_exp.errors import DataError
from stitch_exp.measures.catalogue import NAMES
from stitch_exp.metrics.suite import Suite
from stitch_exp.report import chart, pictures, words
from stitch_exp.report.page import render_report
from stitch_exp.report.records import read_metrics, write_metrics
from stitch_exp.types import MetricResult, Report, Workspace


@pytest.fixture
def measured(make_run, networks):
    run = make_run(count=6, missing=(2,), shift=5)
    suite = Suite(names=NAMES, min_similarity=0.1, flow_side_px=64, **networks)
    return suite(*run, Workspace()), run[1].status


def test_records_come_back_as_they_were(measured, tmp_path):
    report, status = measured
    write_metrics(report, tmp_path, status)
    for before, after in zip(report.results, read_metrics(tmp_path).results, strict=True):
        assert (before.name, before.unit, before.better, before.note, before.instrument) == (
            after.name, after.unit, after.better, after.note, after.instrument,
        )  # fmt: skip
        np.testing.assert_allclose(after.value, before.value)
        if before.per_frame is not None:
            np.testing.assert_allclose(after.per_frame, before.per_frame, rtol=1e-8)


def test_the_same_report_gives_the_same_bytes(measured, tmp_path):
    report, status = measured
    written = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_metrics(report, tmp_path / name, status)
        written.append([(tmp_path / name / file).read_bytes() for file in ("metrics.json", "frames.csv")])
    assert written[0] == written[1]


def test_undefined_numbers_are_null_and_empty(tmp_path):
    curve = np.array([1.0, np.nan])
    write_metrics(Report((MetricResult("x", float("nan"), "", "none", curve),)), tmp_path, ("detected", "missing"))
    assert json.loads((tmp_path / "metrics.json").read_text())["results"][0]["value"] is None
    assert (tmp_path / "frames.csv").read_text() == "frame,status,x\n0,detected,1\n1,missing,\n"


def test_damaged_records_are_named(tmp_path):
    (tmp_path / "metrics.json").write_text("{")
    with pytest.raises(DataError, match=r"metrics\.json is damaged"):
        read_metrics(tmp_path)


def test_every_measured_result_has_words(measured):
    assert [result.name for result in measured[0].results if result.name not in words.QUANTITIES] == []


def test_the_page_needs_no_network_and_escapes_what_it_shows(measured, tmp_path):
    write_metrics(*_for(measured, tmp_path))
    story = {"input": {"name": "<script>x</script>.mp4", "digest": "d"}, "edit": {"age": 2.0}}
    story |= {"edit_meaning": {"age": "+ older, - younger; in standard deviations"}}
    (tmp_path / "provenance.json").write_text(json.dumps(story))
    (tmp_path / "status.json").write_text(json.dumps({"seconds": {"tuning": 2.0, "edit": 0.0}, "reused": ["edit"]}))
    render_report(tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page) and "@import" not in page
    assert "<script" not in page and "age +2 on &lt;script&gt;" in page
    assert "AI-edited" in page and "1 without a face" in page and "TG-ID" in page
    assert "age: + older, \u2212 younger; in standard deviations" in page


def test_the_page_of_an_empty_folder_is_still_a_page(tmp_path):
    render_report(tmp_path)
    assert "</html>" in (tmp_path / "report.html").read_text()


def _for(measured, folder):
    return measured[0], folder, measured[1]


def test_charts_are_well_formed_and_break_at_gaps():
    curve = np.array([1.0, 2.0, np.nan, 3.0, 4.0])
    drawn = ElementTree.fromstring(chart.line_chart({"a < b": curve}, reference=1.0, marks=[2]))
    path = next(node for node in drawn.iter() if node.tag == "path").get("d")
    assert path.count("M") == 2 and len(list(drawn.iter("rect"))) == 1


@pytest.mark.parametrize("curve", [[], [1.0], [np.nan, np.nan]])
def test_nothing_to_draw_draws_nothing(curve):
    assert chart.line_chart({"a": np.array(curve)}) == ""


@pytest.mark.parametrize("curve", [[2.0, 2.0], [0.0, 0.0], [1e-7, 2e-7], [1e6, 3e6]])
def test_any_range_can_be_drawn(curve):
    assert chart.line_chart({"a": np.array(curve)}).startswith("<svg")


def test_worst_frames_are_apart_and_say_why():
    seam, identity = np.ones(20) + np.linspace(0, 0.01, 20), np.full(20, 0.9) - np.linspace(0, 0.001, 20)
    seam[5], seam[6], identity[12] = 9.0, 8.0, 0.2
    chosen = pictures.worst_frames({"seam_error": (seam, 1), "identity_to_source": (identity, -1)}, count=2)
    assert sorted(chosen) == [(5, "seam_error"), (12, "identity_to_source")]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (0.99996, "1.0000"),
        (27.788, "27.79"),
        (225.56, "225.6"),
        (1e-5, "1.00e-05"),
        (120.0, "120"),
    ],
)
def test_numbers_are_short(value, shown):
    assert words.number(value) == shown


def test_undefined_is_a_dash():
    assert words.number(float("nan")) == "\u2013"
