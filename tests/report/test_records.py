"""The records of a run come back as they were written."""

import json

import numpy as np
import pytest

from stitch_exp.errors import DataError
from stitch_exp.measures.catalogue import NAMES
from stitch_exp.metrics.suite import Suite
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
