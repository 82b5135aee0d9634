"""A picture of each finished run."""

import numpy as np
import pytest
from PIL import Image

from stitch_exp.report.gallery import CAPTION_PX, MOST, TILE_PX, gallery, middle, strip
from stitch_exp.report.records import write_metrics
from stitch_exp.report.table import Entry
from stitch_exp.types import MetricResult, Report
from stitch_exp.video import write_video


@pytest.fixture
def finished(tmp_path, make_clip):
    """`finished(name, count)` is the folder of a run whose frame t is grey of level 20 t."""

    def make(name, count=5, size=(48, 64)):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        frames = [np.full((*size, 3), 20 * t, np.uint8) for t in range(count)]
        write_video(make_clip(frames), folder / "edited.mp4", crf=1, preset="ultrafast")
        return folder

    return make


def place(folder, x, y, side, count=5):
    values = zip(("face_x", "face_y", "face_size"), (x, y, side), strict=True)
    results = tuple(MetricResult(name, value, "px", "none", np.full(count, value)) for name, value in values)
    write_metrics(Report(results), folder, ("detected",) * count)


@pytest.mark.parametrize(("count", "level"), [(5, 40), (4, 40), (1, 0)])
def test_the_middle_frame_is_shown(finished, count, level):
    picture = middle(finished("a", count))
    assert picture.shape == (48, 64, 3)
    np.testing.assert_allclose(picture, level, atol=3)


def test_close_to_the_face_where_it_is_known(finished):
    folder = finished("a")
    place(folder, 30.0, 20.0, 10.0)
    assert middle(folder).shape == (20, 20, 3)


def test_a_damaged_curve_costs_the_closeness_and_not_the_picture(finished):
    folder = finished("a")
    (folder / "frames.csv").write_bytes(b"frame,status,face_x\n0,detected,?\n")
    assert middle(folder).shape == (48, 64, 3)


def test_a_run_without_a_video_has_no_picture(tmp_path):
    assert middle(tmp_path) is None
    assert strip([(Entry("a", "c", ()), tmp_path)], tmp_path / "strip.jpg") is None
    assert not (tmp_path / "strip.jpg").exists() and gallery([(Entry("a", "c", ()), tmp_path)], tmp_path) == []


def test_a_strip_has_six_in_a_row_and_captions(finished, tmp_path):
    folder, gone = finished("a"), tmp_path / "gone"
    runs = [(Entry(f"method {n}", "c", ()), gone if n == 3 else folder) for n in range(8)]
    picture = np.array(Image.open(strip(runs, tmp_path / "strip.jpg")))
    assert picture.shape == (2 * (TILE_PX + CAPTION_PX), 6 * TILE_PX, 3)
    # The seventh picture starts the second row; the place beside it is white, as one run has no video.
    assert abs(int(picture[TILE_PX + CAPTION_PX + 20, 20, 0]) - 40) < 6
    assert picture[TILE_PX + CAPTION_PX + 20 :, TILE_PX + 4 :].min() > 240
    assert picture[TILE_PX : TILE_PX + CAPTION_PX, :TILE_PX].min() < 128


def test_names_that_the_font_lacks_are_no_reason_to_fail(finished, tmp_path):
    assert (
        strip([(Entry("\u4eba\u9854 \U0001f600 \u00e9\n", "c", ()), finished("a"))], tmp_path / "strip.jpg") is not None
    )


def test_tiles_link_to_their_reports_as_seen_from_the_page(finished, tmp_path):
    with_report, without = finished("a"), finished("b")
    (with_report / "report.html").write_text("")
    page = tmp_path / "tables" / "one"
    page.mkdir(parents=True)
    first, second = gallery([(Entry("A", "c", ()), with_report), (Entry("B", "c", ()), without)], page)
    assert (first.title, first.link) == ("A", "../../runs/a/report.html")
    assert (page / first.link).resolve() == (with_report / "report.html").resolve()
    assert second.link == "" and second.picture.startswith("data:image/jpeg;base64,")


def test_a_page_shows_the_first_runs_only(finished, tmp_path):
    folder = finished("a", 1, (16, 16))
    assert len(gallery([(Entry(f"{n}", "c", ()), folder) for n in range(MOST + 3)], tmp_path)) == MOST
