"""The records of a run come back as they were written."""

import csv
import json

import numpy as np
import pytest

from stitch_exp.errors import DataError
from stitch_exp.measures.catalogue import NAMES
from stitch_exp.metrics.suite import Suite
from stitch_exp.report.records import keyed, network_of, read_frames, read_json, read_metrics, write_metrics
from stitch_exp.types import MetricResult, Report, Treatment, Workspace


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


@pytest.mark.parametrize(("name", "content"), [("metrics.json", "{"), ("frames.csv", "frame,status,x\n0,detected,?\n")])
def test_damaged_records_of_an_evaluation_cost_no_run(tmp_path, name, content):
    folder = tmp_path / "evaluated" / "facenet"
    folder.mkdir(parents=True)
    write_metrics(Report(()), folder, ("detected",))
    (folder / name).write_text(content)
    with pytest.raises(DataError, match=rf"facenet/{name} is damaged .*; delete .*/facenet and measure .* eval\.py"):
        read_metrics(folder)


def test_records_appear_whole(tmp_path, monkeypatch):
    write_metrics(Report((MetricResult("x", 1.0, "", "none"),)), tmp_path, ("detected",))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr("pathlib.Path.write_text", lambda self, text: self.write_bytes(text[:9].encode()) and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_metrics(Report((MetricResult("x", 2.0, "", "none"),)), tmp_path, ("detected",))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_words_of_any_language_come_back(tmp_path):
    result = MetricResult(
        "x", 1.5, "\u00b0", "higher", np.array([1.0, 2.0]), '\u00e9t\u00e9, "quoted"\n', "\u4eba=\u9854"
    )
    reason = 'zu dunkel \u2013 \u6697\u3044, "so"'
    treatments = (Treatment("edited"), Treatment("passed", reason))
    write_metrics(Report((result,)), tmp_path, ("detected", "missing"), treatments, cuts=(1,))
    (back,) = read_metrics(tmp_path).results
    assert (back.unit, back.note, back.instrument) == (result.unit, result.note, result.instrument)
    rows = list(csv.DictReader((tmp_path / "frames.csv").open(encoding="utf-8", newline="")))
    assert [row["reason"] for row in rows] == ["", reason] and [row["shot"] for row in rows] == ["0", "1"]
    curves, states = read_frames(tmp_path)
    assert list(curves) == ["x"] and states == ["detected", "missing"]


def test_an_infinite_value_is_written_as_undefined(tmp_path):
    curve = np.array([np.inf, -np.inf, 0.1])
    write_metrics(Report((MetricResult("psnr", float("inf"), "dB", "higher", curve),)), tmp_path, ("detected",) * 3)
    (back,) = read_metrics(tmp_path).results
    assert np.isnan(back.value)
    np.testing.assert_array_equal(back.per_frame, [np.nan, np.nan, 0.1])


def test_two_recognisers_are_told_apart_and_a_clip_of_no_frames_is_one(tmp_path):
    results = [
        MetricResult("tl_id", v, "", "one", None, "", f"identity={n} 0123; rule") for v, n in ((1.0, "a"), (2.0, "b"))
    ]
    assert list(keyed(results)) == ["tl_id", "tl_id@b"]
    write_metrics(Report(tuple(results)), tmp_path, ())
    assert [item.value for item in read_metrics(tmp_path).results] == [1.0, 2.0]
    assert read_frames(tmp_path) == ({}, [])


@pytest.mark.parametrize(
    ("instrument", "name"),
    [("identity=dlib 0123; crop x", "dlib"), ("identity=dlib", "dlib"), ("", ""), ("no equals sign", "")],
)
def test_the_name_of_a_network(instrument, name):
    assert network_of(instrument) == name


def test_a_newer_format_is_said_with_both_numbers(tmp_path):
    write_metrics(Report(()), tmp_path, ())
    path = tmp_path / "metrics.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 7'))
    with pytest.raises(DataError, match=r"metrics\.json has format 7, this version reads 1; update stitch-exp"):
        read_metrics(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"frame,x\n0,1\n", b"frame,status,x\n0,detected,none\n", b"frame,status\n0,\xff\xfe\n", b'frame,status\n0,"det'],
)
def test_damaged_frames_are_named(tmp_path, content):
    (tmp_path / "frames.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"frames\.csv is damaged .* run it again"):
        read_frames(tmp_path)


@pytest.mark.parametrize("text", ["[]", "null", '{"format": 1}', '{"format": 1, "results": [{"name": "x"}]}'])
def test_records_of_another_shape_are_damaged(tmp_path, text):
    (tmp_path / "metrics.json").write_text(text)
    with pytest.raises(DataError, match=r"metrics\.json is damaged"):
        read_metrics(tmp_path)


def test_a_record_that_is_not_there_is_empty(tmp_path):
    assert read_json(tmp_path / "status.json") == {} and read_frames(tmp_path) == ({}, [])
    (tmp_path / "status.json").write_text('{"a": ')
    with pytest.raises(DataError, match=r"status\.json is damaged"):
        read_json(tmp_path / "status.json")
