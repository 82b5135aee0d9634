import json
import re

import pytest

from stitch_exp.measures.catalogue import NAMES
from stitch_exp.metrics.suite import Suite
from stitch_exp.report.page import render_report
from stitch_exp.report.records import write_metrics
from stitch_exp.types import Workspace


@pytest.fixture
def measured(make_run, networks):
    run = make_run(count=6, missing=(2,), shift=5)
    suite = Suite(names=NAMES, min_similarity=0.1, flow_side_px=64, **networks)
    return suite(*run, Workspace()), run[1].status


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
