"""Tables as CSV, Markdown, LaTeX and HTML."""

import csv
import io

import pytest

from stitch_exp.report.formats import as_csv, as_html, as_latex, as_markdown, write_benchmark
from stitch_exp.report.table import Entry, build
from stitch_exp.types import MetricResult


def result(name, value, better="higher", instrument=""):
    return MetricResult(name, value, "", better, None, "", instrument)


def entry(method, clip, tl_id, seam, instrument="identity=dlib"):
    return Entry(method, clip, (result("tl_id", tl_id, "one", instrument), result("seam_error", seam, "lower")))


ENTRIES = [
    entry("full", "a", 0.99, 2.0),
    entry("full", "b", 1.05, 4.0),
    entry("none", "a", 0.90, 8.0),
    entry("none", "b", 0.94, 9.0),
]


def test_every_format_has_every_method_and_csv_has_all_digits():
    tables = build(ENTRIES)
    rows = list(csv.DictReader(io.StringIO(as_csv(tables))))
    assert {(row["method"], row["metric"]) for row in rows} == {
        (m, k) for m in ("full", "none") for k in ("tl_id", "seam_error")
    }
    assert float(rows[0]["mean"]) == pytest.approx(1.02) and rows[0]["instrument"] == "identity=dlib"
    markdown = as_markdown(tables, [("cell 3", "no face")])
    assert "| **1.0200 ± 0.0300** |" in markdown and "- cell 3: no face" in markdown and "[a] identity=dlib" in markdown
    assert "\\textbf{3 $\\pm$ 1}" in as_latex(tables)
    page = as_html(tables, [("<b>", "no face")])
    assert "best" in page and "&lt;b&gt;" in page and "http" not in page


def test_the_same_runs_give_the_same_bytes(tmp_path):
    written = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        paths = write_benchmark(build(list(ENTRIES)), tmp_path / name, columns=["seam_error", "tl_id"], failed=[])
        written.append([path.read_bytes() for path in paths])
    assert written[0] == written[1] and len(written[0]) == 4


def test_no_runs_make_no_table():
    assert build([]) == [] and as_markdown([], []) and as_html([], []) and as_csv([])


def test_latex_escapes():
    (table,) = build([entry("a_b&c", "x", 1.0, 1.0)])
    assert "a\\_b\\&c" in as_latex([table])
