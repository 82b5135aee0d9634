"""Encoders of one pass, driven by small stand-in networks."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from stitch_exp.encoder.feedforward import FeedForward
from stitch_exp.errors import ConfigError, FaceError
from stitch_exp.inverters.inverter import Inverter
from stitch_exp.types import AlignedClip, Workspace
from tests.linear_generator import LinearGenerator

ROWS, WIDTH, SIZE = 4, 8, 16


class MeanColour(nn.Module):
    """Writes the mean colour into the first three numbers of every row."""

    def forward(self, images: Tensor) -> Tensor:
        assert images.shape[1:] == (3, SIZE, SIZE)
        codes = torch.zeros(len(images), ROWS, WIDTH)
        codes[:, :, :3] = images.mean(dim=(2, 3))[:, None]
        return codes


def aligned_clip(crops: np.ndarray) -> AlignedClip:
    count = len(crops)
    eye = np.broadcast_to(np.eye(3), (count, 3, 3))
    return AlignedClip(
        crops, np.arange(count), eye, np.zeros((count, 4, 2)), np.zeros((count, 68, 2)), ("detected",) * max(count, 1)
    )


def clip_of(count: int, side: int = 32) -> AlignedClip:
    colours = np.random.default_rng(0).integers(0, 256, (count, 1, 1, 3), dtype=np.uint8)
    return aligned_clip(np.ascontiguousarray(np.broadcast_to(colours, (count, side, side, 3))))


class Flat(LinearGenerator):
    """A generator whose pictures have the colour that a code's first three numbers say."""

    resolution = 512

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[tuple[int, int]] = []

    def forward(self, ws: torch.Tensor, noise_mode: str = "const", resolution: int | None = None) -> torch.Tensor:
        assert resolution is not None
        self.drawn.append((len(ws), resolution))
        return (ws[:, 0, :3] - 10)[..., None, None].expand(-1, 3, resolution, resolution)


def encoder(kind: str = "e4e", batch_size: int = 2) -> FeedForward:
    inverter = Inverter(MeanColour(), latent_avg=torch.full((ROWS, WIDTH), 10.0), input_size=SIZE, kind=kind)
    return feedforward(kind, inverter, batch_size)


def feedforward(
    kind: str, inverter: Inverter, batch_size: int, corrections: int = 0, generator: Flat | None = None
) -> FeedForward:
    return FeedForward(
        kind=kind, corrections=corrections, inverter=inverter, generator=generator or Flat(), batch_size=batch_size,
        device=torch.device("cpu"),
    )  # fmt: skip


def test_codes_are_offsets_plus_average_in_order() -> None:
    aligned = clip_of(5)
    codes = encoder()(aligned, Workspace()).codes
    assert codes.shape == (5, ROWS, WIDTH)
    expected = aligned.crops.mean(axis=(1, 2)) / 127.5 - 1 + 10
    np.testing.assert_allclose(codes[:, 2, :3].numpy(), expected, atol=1e-5)
    assert (codes[:, :, 3:] == 10).all()


def test_batch_size_does_not_change_codes() -> None:
    aligned = clip_of(5)
    codes = [encoder(batch_size=size)(aligned, Workspace()).codes for size in (1, 3, 8)]
    assert torch.allclose(codes[0], codes[1]) and torch.allclose(codes[0], codes[2])


def test_progress_counts_batches() -> None:
    seen = []

    def track(items, description, total=None):
        seen.append((description, total))
        return iter(items)

    encoder()(clip_of(5), Workspace(track=track))
    assert seen == [("encoding", 3)]


def test_wrong_kind_and_empty_clip_are_explained() -> None:
    inverter = Inverter(MeanColour(), latent_avg=torch.zeros(ROWS, WIDTH), input_size=SIZE, kind="e4e")
    with pytest.raises(ConfigError, match="needs a network of kind psp, the model has e4e"):
        feedforward("psp", inverter, 1)
    with pytest.raises(FaceError, match="no face to encode"):
        encoder()(clip_of(0), Workspace())


def test_a_single_average_row_serves_all_rows() -> None:
    one_row = nn.Sequential(nn.Flatten(), nn.Linear(48, 8))
    inverter = Inverter(one_row, latent_avg=torch.arange(8.0), input_size=4, kind="w_encoder", num_ws=3)
    images = torch.randn(2, 3, 4, 4)
    expected = (one_row(images) + torch.arange(8.0))[:, None].expand(2, 3, 8)
    assert torch.equal(inverter(images), expected)
    with pytest.raises(ConfigError, match="has 2 rows; the encoder gives 3"):
        Inverter(nn.Identity(), latent_avg=torch.zeros(2, 8), input_size=4, kind="e4e", num_ws=3)
    with pytest.raises(ConfigError, match="kind is 'vae'"):
        Inverter(nn.Identity(), latent_avg=torch.zeros(2, 8), input_size=4, kind="vae")


class Halving(MeanColour):
    """Says only half of the colour it sees, as an encoder that is unsure does."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return 0.5 * super().forward(images)


@pytest.mark.parametrize(("corrections", "left"), [(0, 0.5), (1, 0.375), (2, 0.28125), (12, 0.016)])
def test_what_an_encoder_understates_of_all_frames_is_added_to_all(corrections: int, left: float) -> None:
    """A clip of one colour: the error of the code shrinks by a quarter with each look at a rendering."""
    inverter = Inverter(Halving(), latent_avg=torch.full((ROWS, WIDTH), 10.0), input_size=SIZE, kind="e4e")
    crops, generator = np.full((20, 32, 32, 3), 204, np.uint8), Flat()
    codes = feedforward("e4e", inverter, 4, corrections, generator)(aligned_clip(crops), Workspace()).codes
    torch.testing.assert_close(codes[:, 0, :3], torch.full((20, 3), 10 + 0.6 * (1 - left)), atol=2e-3, rtol=0)
    assert [count for count, _ in generator.drawn] == [4, 3] * corrections, "seven of twenty frames stand for the clip"
    assert {px for _, px in generator.drawn} == ({256} if corrections else set())


def test_a_correction_is_one_for_all_frames() -> None:
    inverter = Inverter(Halving(), latent_avg=torch.full((ROWS, WIDTH), 10.0), input_size=SIZE, kind="e4e")
    aligned = clip_of(5)
    plain, corrected = (feedforward("e4e", inverter, 2, count)(aligned, Workspace()).codes for count in (0, 3))
    steps = corrected - plain
    assert float(steps.abs().max()) > 0.01
    torch.testing.assert_close(steps, steps[:1].expand_as(steps), atol=1e-5, rtol=0)
