"""The signal-processing plan of StyleGAN3, against the paper's rules and scipy's frequency responses."""

import numpy as np
import pytest
import torch
from scipy import signal

from stitch_exp.networks.stylegan3_design import MARGIN, NUM_LAYERS, low_pass, plan, radial_low_pass

FFHQ = plan(1024, 3, 32768, 512)


def test_frequencies_grow_geometrically_from_2_to_nyquist() -> None:
    cutoffs = [band.cutoff for band in FFHQ]
    assert cutoffs[0] == 2.0 and cutoffs[12:] == [512.0] * 3
    ratios = np.diff(np.log(cutoffs[:13]))
    np.testing.assert_allclose(ratios, np.log(256) / 12)


def test_the_public_network_s_layers() -> None:
    """Sides and widths of the published FFHQ-T snapshot, from the names of its tensors (SPEC 4)."""
    assert [(band.size, band.channels) for band in FFHQ] == [
        (36, 512), (36, 512), (52, 512), (52, 512), (84, 512), (148, 512), (148, 512), (276, 323), (276, 203),
        (532, 128), (1044, 81), (1044, 51), (1044, 32), (1024, 32), (1024, 3),
    ]  # fmt: skip


@pytest.mark.parametrize("resolution", [16, 64, 256, 1024])
def test_every_band_fits_its_sampling_rate(resolution: int) -> None:
    bands = plan(resolution, 3, 4096, 64)
    assert len(bands) == NUM_LAYERS + 1
    for band in bands:
        assert band.sampling_rate <= resolution and band.sampling_rate & (band.sampling_rate - 1) == 0
        assert band.cutoff <= band.sampling_rate / 2 and band.half_width >= 0
        assert band.size in (resolution, band.sampling_rate + 2 * MARGIN)
    assert [band.is_critical for band in bands] == [False] * 12 + [True] * 3
    assert bands[-1].channels == 3 and max(band.channels for band in bands) <= 64


@pytest.mark.parametrize(("cutoff", "half_width", "rate", "taps"), [(4.0, 2.0, 32, 12), (8.0, 6.0, 64, 24)])
def test_a_low_pass_keeps_what_is_low_and_halves_at_the_cutoff(
    cutoff: float, half_width: float, rate: int, taps: int
) -> None:
    kernel = low_pass(taps, cutoff, half_width, rate)
    assert float(kernel.sum()) == pytest.approx(1.0, abs=1e-6) and torch.allclose(kernel, kernel.flip(0))
    _, gains = signal.freqz(kernel.double().numpy(), worN=[0.0, cutoff, rate / 2], fs=rate)
    assert abs(gains[0]) == pytest.approx(1.0, abs=1e-5)
    assert abs(gains[1]) == pytest.approx(0.5, abs=0.06)
    assert abs(gains[2]) < 0.05


@pytest.mark.parametrize("taps", [12, 24])
def test_a_radial_low_pass_looks_alike_from_all_sides(taps: int) -> None:
    kernel = radial_low_pass(taps, 4.0, 3.0, 32)
    assert float(kernel.sum()) == pytest.approx(1.0, abs=1e-6)
    for turned in (kernel.T, kernel.flip(0), kernel.rot90()):
        torch.testing.assert_close(kernel, turned)


def test_its_response_is_round() -> None:
    """Along an axis and along a diagonal a wave of the same frequency is weakened alike; a separable one's is not."""
    offsets = (np.arange(24) - 11.5) / 32
    x, y = np.meshgrid(offsets, offsets)

    def gain(kernel: torch.Tensor, angle: float) -> float:
        wave = np.cos(2 * np.pi * 3.5 * (np.cos(angle) * x + np.sin(angle) * y))
        return float((kernel.double().numpy() * wave).sum())

    radial, line = radial_low_pass(24, 4.0, 3.0, 32), low_pass(24, 4.0, 3.0, 32)
    square = torch.outer(line, line)
    assert gain(radial, 0.0) == pytest.approx(gain(radial, np.pi / 4), abs=0.01)
    assert abs(gain(square, 0.0) - gain(square, np.pi / 4)) > 0.02
