"""StyleCLIP's global directions: the published selection of channels, and styles of the tuned generator."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from stitch_exp.edit.channels import channel_direction, split_by_layer
from stitch_exp.edit.styleclip_global import StyleClipGlobal
from stitch_exp.errors import ConfigError, DataError
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.networks.tuned import detached_state
from stitch_exp.types import TunedGenerator, Workspace
from tests.golden.fill import fill_state_dict, rand

GOLDEN = Path(__file__).parents[1] / "golden"
DEVICE = torch.device("cpu")


def make_generator(family: str = "sg2ada") -> Generator:
    generator = Generator(
        z_dim=16, w_dim=16, img_resolution=16, num_mapping_layers=2, channel_base=256, channel_max=16
    ).eval()
    generator.load_state_dict(fill_state_dict(generator, family))
    return generator.requires_grad_(False)


def tuned_generator() -> TunedGenerator:
    """A generator that is not the model's own."""
    pivots = rand("pivots", (3, 6, 16))
    return TunedGenerator(
        detached_state(make_generator("plain")), pivots, np.zeros((3, 16, 16, 3), np.uint8), np.zeros(0)
    )


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    count = sum(16 for index in range(8) if index % 3 != 1)
    np.save(tmp_path / "fs3.npy", F.normalize(rand("channels", (count, 32)), dim=1).numpy())
    np.save(tmp_path / "smile.npy", F.normalize(rand("text", (32,)), dim=0).numpy())
    return {"channels": tmp_path / "fs3.npy", "text_direction": tmp_path / "smile.npy"}


def stage(files: dict[str, Path | None], strength: float = 10.0, beta: float = 0.1) -> StyleClipGlobal:
    return StyleClipGlobal(
        neutral="face", target="smiling face", strength=strength, beta=beta, clip=None, generator=make_generator(),
        device=DEVICE, **files,
    )  # fmt: skip


def test_published_direction() -> None:
    """The golden direction of 40 channels at beta 0.05; text = target minus neutral, both unit vectors."""
    with np.load(GOLDEN / "styleclip_direction_small.npz") as file:
        expected = torch.from_numpy(file["direction"])
    channels = F.normalize(rand("fs3", (40, 512)), dim=1)
    neutral, target = F.normalize(rand("clipw", (512, 2)), dim=0).unbind(dim=1)
    found = channel_direction(channels, F.normalize(target - neutral, dim=0), 0.05)
    assert torch.allclose(found, expected, atol=1e-4)
    assert 0 < (found != 0).sum() < 40


@given(st.floats(0.0, 0.3))
def test_the_strongest_channel_moves_by_one(beta: float) -> None:
    channels, text = F.normalize(rand("c", (50, 16)), dim=1), F.normalize(rand("t", (16,)), dim=0)
    step = channel_direction(channels, text, beta)
    assert float(step.abs().max()) == pytest.approx(1.0)
    moved = step[step != 0].abs()
    assert (moved * (channels @ text).abs().max() > beta).all()


def test_beta_too_high_says_how_high_it_may_be() -> None:
    with pytest.raises(ConfigError, match=r"edit.beta is 0.9, but the most relevant channel has 0\.\d{4}; lower it"):
        channel_direction(F.normalize(rand("c", (9, 99)), dim=1), F.normalize(rand("t", (99,)), dim=0), 0.9)


def test_layers_without_torgb_get_zeros_there() -> None:
    widths = [3, 3, 4, 2, 2]
    parts = split_by_layer(torch.arange(1.0, 10.0), widths)
    assert [part.tolist() for part in parts] == [[1, 2, 3], [0, 0, 0], [4, 5, 6, 7], [8, 9], [0, 0]]
    assert torch.equal(torch.cat(split_by_layer(torch.arange(14.0), widths)), torch.arange(14.0))
    with pytest.raises(DataError, match="8 rows; the generator has 9 channels in its convolutions and 14 in all"):
        split_by_layer(torch.zeros(8), widths)


def test_styles_are_those_of_the_tuned_generator(files: dict[str, Path]) -> None:
    tuned = tuned_generator()
    edited = stage(files, strength=4.0)(tuned, Workspace())
    expected = make_generator("plain").style_space(tuned.pivots)
    assert edited.name == "face to smiling face" and edited.terms == {"smiling face": 4.0}
    for index, (found, style) in enumerate(zip(edited.latents.styles, expected, strict=True)):
        step = found - style
        assert torch.allclose(step, step[:1].expand_as(step), atol=1e-4)
        assert step.abs().max() < 4.0 + 1e-4
        assert index % 3 != 1 or (step == 0).all()
    image = edited.latents.render(make_generator("plain"))
    assert image.shape == (3, 3, 16, 16)


def test_zero_strength_is_the_inversion(files: dict[str, Path]) -> None:
    tuned = tuned_generator()
    styles = stage(files, strength=0.0)(tuned, Workspace()).latents.styles
    expected = make_generator("plain").style_space(tuned.pivots)
    assert all(torch.equal(found, style) for found, style in zip(styles, expected, strict=True))


def test_missing_parts_are_named(files: dict[str, Path]) -> None:
    with pytest.raises(ConfigError, match="needs the channel directions of its generator, and this model has none"):
        stage({**files, "channels": None})
    with pytest.raises(ConfigError, match=r"needs edit\.clip .* or edit\.text_direction"):
        stage({**files, "text_direction": None})
