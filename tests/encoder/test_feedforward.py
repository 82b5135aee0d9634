"""Encoders of one pass, driven by small stand-in networks."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from stitch_exp.encoder.feedforward import FeedForward
from stitch_exp.errors import ConfigError, FaceError
from stitch_exp.inverters.inverter import Inverter
from stitch_exp.types import AlignedClip, Workspace

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


def encoder(kind: str = "e4e", batch_size: int = 2) -> FeedForward:
    inverter = Inverter(MeanColour(), latent_avg=torch.full((ROWS, WIDTH), 10.0), input_size=SIZE, kind=kind)
    return FeedForward(kind=kind, inverter=inverter, batch_size=batch_size, device=torch.device("cpu"))


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
        FeedForward(kind="psp", inverter=inverter, batch_size=1, device=torch.device("cpu"))
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
