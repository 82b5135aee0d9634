import numpy as np
import pytest

from stitch_exp.errors import ConfigError, DataError
from stitch_exp.measures.catalogue import NAMES
from stitch_exp.metrics.suite import Suite, check_twins, to_frame
from stitch_exp.types import Workspace


def measure(run, networks, names=NAMES):
    suite = Suite(names=names, min_similarity=0.1, flow_side_px=640, **networks)
    return {result.name: result for result in suite(*run, Workspace()).results}


def test_an_unedited_clip_is_perfect_and_is_seen_to_be_unedited(make_run, networks):
    found = measure(make_run(shift=0), networks)
    for name in ("tl_id", "tg_id", "identity_to_source", "sharpness", "motion_kept", "ssim", "warp_error_ratio"):
        assert found[name].value == pytest.approx(1.0, abs=1e-6), name
    for name in ("seam_error", "background_change", "edit_change", "face_change", "perceptual", "warp_error_excess"):
        assert found[name].value == 0.0, name
    assert found["psnr"].value == 100.0


def test_a_constant_shift_is_its_own_seam_and_change(make_run, networks):
    found = measure(make_run(shift=7), networks)
    for name in ("seam_error", "head_seam", "seam_crop_before", "edit_change", "face_change"):
        assert found[name].value == pytest.approx(7.0), name
    assert found["background_change"].value == 0.0
    assert found["stitch_change"].value == 0.0
    assert found["latent_distance"].value == pytest.approx(np.sqrt(8.0))
    assert found["seam_error"].per_frame.shape == (5,)


def test_one_changed_background_pixel_is_found(make_run, networks):
    run = make_run()
    run[-1].clip.frames[3][0, 0, 1] = run[0].frames[3][0, 0, 1] + 5
    found = measure(run, networks, ["background"])
    assert found["background_change"].value == 5.0 == found["background_change"].per_frame[3]


def test_every_result_names_what_it_was_measured_with(make_run, networks):
    found = measure(make_run(), networks)
    assert found["tl_id"].instrument == found["tg_id"].instrument
    assert found["tl_id"].instrument.startswith("identity=fake 0123456789ab; crop mean colour; landmarks of the source")
    assert found["perceptual"].instrument == "perceptual=fake"


def test_frames_without_a_face_are_passed_through_and_counted_out(make_run, networks):
    found = measure(make_run(count=8, missing=(3,), shift=4), networks)
    assert found["background_change"].value == 0.0
    assert np.isnan(found["seam_error"].per_frame[3]) and np.isfinite(found["seam_error"].value)
    assert found["tl_id"].note.startswith("5 of 5 pairs")
    assert all(r.per_frame is None or len(r.per_frame) == 8 for r in found.values())


def test_one_frame_has_stated_results(make_run, networks):
    found = measure(make_run(count=1, shift=3), networks)
    assert np.isnan(found["tl_id"].value) and "undefined" in found["tl_id"].note
    assert np.isnan(found["warp_error_excess"].value) and np.isnan(found["motion_kept"].value)
    assert found["seam_error"].value == pytest.approx(3.0)


def test_a_clip_with_no_face_at_all_has_stated_results(make_run, networks):
    found = measure(make_run(count=3, missing=(0, 1, 2)), networks)
    assert found["background_change"].value == 0.0
    assert all(np.isnan(found[name].value) for name in ("tl_id", "seam_error", "psnr", "motion_kept"))


def test_only_what_was_asked_for_is_measured(make_run, networks):
    networks["identity"].embed = None
    found = measure(make_run(), networks, ["background", "sharpness"])
    assert list(found)[:4] == ["frames", "frames_passed", "faces_lost", "cuts"]
    assert list(found)[-2:] == ["background_change", "sharpness"]


def test_nothing_asked_for_composes_nothing(make_run, networks):
    networks["identity"].embed = None
    run = make_run()
    assert measure(run, networks, []) == {}


def test_an_unknown_name_is_refused(networks):
    with pytest.raises(ConfigError, match=r"tgid.*there are: faces, tl_id"):
        Suite(names=["tgid"], min_similarity=0.1, flow_side_px=64, **networks)


def test_twins_must_agree(make_clip, make_frames):
    with pytest.raises(DataError, match="has 4 frames and 'b' has 3"):
        check_twins(make_clip(make_frames(4), "a"), make_clip(make_frames(3), "b"))
    small = [frame[:-8] for frame in make_frames(4)]
    with pytest.raises(DataError, match=r"64x48.*64x40"):
        check_twins(make_clip(make_frames(4)), make_clip(small))


def test_masks_land_where_the_crop_came_from():
    mask = np.zeros((8, 8), np.uint8)
    mask[2:6, 2:6] = 255
    shift = np.array([[1.0, 0, 5], [0, 1, 3], [0, 0, 1]])
    warped = to_frame(mask, shift, (20, 24))
    assert warped.shape == (20, 24) and warped.sum() == 16 and warped[5:9, 7:11].min() == 1.0
    doubled = to_frame(mask, np.diag([2.0, 2.0, 1.0]), (16, 16))
    np.testing.assert_allclose(doubled, doubled[::-1, ::-1])
