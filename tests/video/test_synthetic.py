import itertools

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from stitch_exp.errors import ConfigError
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.video.synthetic import SyntheticVideo, lid


@pytest.fixture
def make(tmp_path):
    torch.manual_seed(0)
    generator = Generator(z_dim=16, w_dim=16, img_resolution=16, num_mapping_layers=2, channel_base=128, channel_max=16)
    path = tmp_path / "directions.safetensors"
    save_file({"yaw": torch.randn(16), "eyes_open": torch.randn(16), "smile": torch.randn(generator.num_ws, 16)}, path)

    def build(**changes):
        settings = {
            "frames": 5, "height": 48, "width": 64, "fps": 25, "seed": 1, "truncation": 0.7,
            "amplitudes": {"yaw": 1.0, "smile": 0.5}, "blinks": {}, "shake_px": 0.0, "jpeg_quality": None,
            "directions": str(path), "generator": generator.eval(),
        }  # fmt: skip
        return SyntheticVideo(**settings | changes)

    return build


def test_frames_move_and_come_back_the_same(make):
    clip = make()()
    frames = list(clip.frames)
    assert len(frames) == len(clip.frames) == 5 and frames[0].shape == (48, 64, 3)
    assert any((a != b).any() for a, b in itertools.pairwise(frames))
    np.testing.assert_array_equal(clip.frames[-1], frames[-1])
    np.testing.assert_array_equal(make()().frames[3], frames[3])


def test_the_digest_names_the_content(make):
    assert make()().digest == make()().digest
    assert make()().digest != make(seed=2)().digest
    assert make()().digest != make(amplitudes={"yaw": 0.5})().digest


def test_there_is_no_frame_past_the_end(make):
    with pytest.raises(IndexError, match="frame 5 of a clip of 5"):
        make()().frames[5]


def test_an_unknown_attribute_is_named(make):
    with pytest.raises(ConfigError, match=r"'yawn'.*smile, yaw"):
        make(amplitudes={"yawn": 1.0})


def test_the_clip_knows_its_codes(make):
    clip = make(blinks={"eyes_open": -2.0}, shake_px=3.0, jpeg_quality=80)()
    for index in (0, 3):
        np.testing.assert_array_equal(clip.truth.render(index, clip.truth.code(index)), clip.frames[index])
    assert (clip.truth.code(0) != clip.truth.code(3)).any()
    other = clip.truth.render(3, clip.truth.code(3) + 3.0)
    head = clip.truth.head(3)
    assert head.shape == (48, 64) and head.min() == 0.0 and head.max() == 1.0
    plain = make(shake_px=3.0)()
    changed = (plain.truth.render(3, plain.truth.code(3) + 3.0) != plain.frames[3]).any(axis=-1)
    assert changed.any() and not changed[head == 0.0].any()
    assert other.shape == (48, 64, 3)


def test_a_blink_is_short_and_complete():
    open_eyes = [lid(t) for t in (0.0, 0.5, 0.67, 0.93, 1.5)]
    assert open_eyes == [0.0] * 5 and [lid(0.8), lid(2.4)] == pytest.approx([1.0, 1.0])
    assert lid(0.74) == pytest.approx(0.5)


def test_a_blink_moves_the_code_by_its_direction(make):
    clip, still = make(frames=25, amplitudes={}, blinks={"eyes_open": -2.0})(), make(frames=25, amplitudes={})()
    moved = [(clip.truth.code(t) - still.truth.code(t)).norm() for t in range(25)]
    assert max(moved) == moved[20] > 0.0 and sum(float(length) > 0.0 for length in moved) == 5


def test_the_camera_moves_the_whole_scene(make):
    frame, moved = make()().frames[4], make(shake_px=6.0)().frames[4]
    assert (frame[:5, :5] != moved[:5, :5]).any()


def test_compression_loses_a_little(make):
    frame, compressed = make()().frames[2].astype(int), make(jpeg_quality=60)().frames[2]
    assert 0 < np.abs(frame - compressed).mean() < 8


def test_new_settings_are_part_of_the_digest(make):
    plain = make()().digest
    changes = ({"blinks": {"eyes_open": -1.0}}, {"shake_px": 1.0}, {"jpeg_quality": 90})
    assert len({plain, *(make(**change)().digest for change in changes)}) == 4


def test_a_clip_that_must_be_a_certain_one_is_refused_when_it_is_another(make):
    digest = make()().digest
    assert make(digest=digest)().digest == digest
    with pytest.raises(ConfigError, match=r"video\.digest: .*resolution=16 make another clip"):
        make(digest=digest, frames=6)
