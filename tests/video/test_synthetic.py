import itertools

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from stitch_exp.errors import ConfigError
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.video.synthetic import SyntheticVideo


@pytest.fixture
def make(tmp_path):
    torch.manual_seed(0)
    generator = Generator(z_dim=16, w_dim=16, img_resolution=16, num_mapping_layers=2, channel_base=128, channel_max=16)
    path = tmp_path / "directions.safetensors"
    save_file({"yaw": torch.randn(16), "smile": torch.randn(generator.num_ws, 16)}, path)

    def build(**changes):
        settings = {
            "frames": 5, "height": 48, "width": 64, "fps": 25, "seed": 1, "truncation": 0.7,
            "amplitudes": {"yaw": 1.0, "smile": 0.5}, "directions": str(path), "generator": generator.eval(),
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
