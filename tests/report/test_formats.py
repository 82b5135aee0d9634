"""Tables as CSV, Markdown, LaTeX and HTML."""

import csv
import io
import re

import pytest

from stitch_exp.report.equal import Curve, EqualEdit
from stitch_exp.report.formats import (
    Extras,
    as_csv,
    as_html,
    as_latex,
    as_markdown,
    markdown_table,
    notes_of,
    write_benchmark,
)
from stitch_exp.report.gallery import Shown
from stitch_exp.report.table import Entry, build
from stitch_exp.report.words import QUANTITIES
from stitch_exp.types import MetricResult
from tests.made_results import ENTRIES, entry


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


def cells_of(markdown):
    """The cells of a table's rows, with escaped pipes inside them."""
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in markdown.splitlines() if line.startswith("|")]


def test_pipes_and_tags_in_names_break_no_row():
    (table,) = build([entry("a|b <img>", "x", 0.9, 1.0), entry("c", "x", 0.8, 2.0)])
    rows = cells_of(markdown_table(table))
    assert {len(row) for row in rows} == {4} and rows[2][0].strip() == "a\\|b &lt;img>"


def test_a_row_has_its_clips_and_bold_marks_the_best():
    rows = cells_of(markdown_table(build(ENTRIES)[0]))
    assert [cell.strip() for cell in rows[2]] == ["full", "2", "**1.0200 \u00b1 0.0300**", "**3 \u00b1 1**"]
    assert [cell.strip() for cell in rows[3]] == ["none", "2", "0.9200 \u00b1 0.0200", "8.50 \u00b1 0.5000"]


def test_latex_of_every_number_there_is_needs_no_package():
    results = tuple(MetricResult(item.name, 1.5, item.unit, item.better) for item in QUANTITIES.values())
    text = as_latex(build([Entry("caf\u00e9 <a> | b~c^2 100% #1 {x} \\y $z", "x", results)]))
    body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    assert "\\textasciitilde{}c\\textasciicircum{}2 100\\% \\#1 \\{x\\} \\textbackslash{}y \\$z" in body
    assert {letter for letter in body if not letter.isascii()} <= {"\u00e9"}
    # Outside of math these three print as other characters in TeX's own fonts.
    assert not re.search(r"[<>|]", body.replace("$<$", "").replace("$>$", "").replace("$|$", ""))


def test_every_row_of_latex_has_as_many_cells_as_its_head():
    for part in as_latex(build(ENTRIES)).split("\\begin{tabular}")[1:]:
        rows = [line for line in part.splitlines() if line.endswith(" \\\\")]
        columns = re.match(r"\{l(r*)\}", part)
        assert columns and {row.count(" & ") for row in rows} == {len(columns[1])}


def test_csv_has_each_column_once_and_leaves_undefined_cells_empty():
    both = [entry("full", "a", 0.5, 2.0, instrument=f"identity={name}") for name in ("dlib", "facenet")]
    other = entry("none", "a", 0.4, 3.0, instrument="identity=dlib")
    rows = list(csv.DictReader(io.StringIO(as_csv(build([*both, other])))))
    assert [(row["method"], row["metric"], row["instrument"]) for row in rows] == [
        ("full", "tl_id", "identity=dlib"),
        ("full", "seam_error", ""),
        ("none", "tl_id", "identity=dlib"),
        ("none", "seam_error", ""),
        ("full", "tl_id", "identity=facenet"),
    ]
    assert rows[0]["standard_error"] == "" and rows[0]["mean"] == "0.5"


def test_what_is_not_measured_says_why_and_failed_runs_say_what():
    text = as_markdown(build(ENTRIES), [("a", "no face")], [{"needs a judge": ["Age", "Gender"]}])
    assert "Not measured (needs a judge): Age, Gender.\n" in text and text.endswith("Failed runs:\n\n- a: no face\n")


def test_a_reason_of_several_lines_stays_one_item():
    text = as_markdown([], [("a\nb", "first\n- second")])
    assert text.count("\n- ") == 1 and "- a b: first - second" in text


def swept():
    curves = tuple(Curve(name, (1.0, 3.0), (0.9, top)) for name, top in (("full", 0.7), ("<none>", 0.5)))
    return EqualEdit("edit_change", 2.0, curves)


def test_equal_edit_is_a_table_in_markdown_and_a_plot_on_the_page():
    text = as_markdown(build(ENTRIES), [], equal=swept())
    assert "## Identity at equal edit: " in text
    assert "| full | 0.8000 | 1 to 3 |" in text and "| &lt;none> | 0.7000 | 1 to 3 |" in text
    page = as_html(build(ENTRIES), [], extras=Extras(equal=swept()))
    assert "&lt;none&gt;" in page and "<none>" not in page and page.count("<polyline") == 2


def test_a_page_escapes_what_users_named():
    table = build([entry("<script>1</script>", "x", 1.0, 1.0), entry("b", "x", 0.9, 2.0)])
    extras = Extras(gallery=[Shown("<script>2", "data:image/jpeg;base64,", "a&b/report.html")], notes=["<script>3"])
    page = as_html(table, [], [{"<script>4": ["<script>5"]}], extras)
    assert "<script>" not in page and page.count("&lt;script&gt;") >= 5 and 'href="a&amp;b/report.html"' in page


def test_many_instruments_have_letters_of_their_own():
    results = tuple(MetricResult("perceptual", 1.0, "", "lower", None, "", f"net{n}") for n in range(30))
    (table,) = build([Entry("m", "x", results)])
    letters = list(notes_of(table).values())
    assert letters[:3] == ["a", "b", "c"] and letters[25:28] == ["z", "aa", "ab"] and len(set(letters)) == 30


def test_a_benchmark_is_written_for_machines_in_full_and_for_people_as_chosen(tmp_path):
    paths = write_benchmark(build(ENTRIES), tmp_path, columns=["tl_id"], failed=[])
    assert [path.name for path in paths] == [f"benchmark.{end}" for end in ("csv", "md", "tex", "html")]
    texts = {path.suffix: path.read_text(encoding="utf-8") for path in paths}
    assert "seam_error" in texts[".csv"]
    assert not any("Seam" in texts[end] for end in (".md", ".tex", ".html")) and "TL-ID" in texts[".tex"]
