import numpy as np
import pytest
import torch
from torchmetrics.functional.image import structural_similarity_index_measure

from stitch_exp.measures.fidelity import PSNR, SSIM, Perceptual, Sharpness, structural_similarity
from stitch_exp.measures.observation import Observation


def pair(seed=0, side=32):
    rng = np.random.default_rng(seed)
    a = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    return a, np.clip(a.astype(int) + rng.integers(-30, 30, a.shape), 0, 255).astype(np.uint8)


def value(metric, **fields):
    metric.update(Observation(**fields))
    return metric.compute()[0].value


def test_psnr_of_a_known_error():
    a = np.full((8, 8, 3), 100, np.uint8)
    assert value(PSNR(), crop=a, inversion=a + 10) == pytest.approx(20 * np.log10(25.5))
    assert value(PSNR(), crop=a, inversion=a) == 100.0


@pytest.mark.parametrize("seed", range(3))
def test_ssim_agrees_with_torchmetrics_away_from_the_edge(seed):
    a, b = pair(seed)
    tensors = (torch.from_numpy(image).permute(2, 0, 1)[None].double() for image in (a, b))
    _, full = structural_similarity_index_measure(*tensors, data_range=255.0, return_full_image=True)
    assert structural_similarity(a, b) == pytest.approx(float(full[..., 5:-5, 5:-5].mean()), abs=1e-6)
    assert value(SSIM(), crop=a, inversion=a) == pytest.approx(1.0)


def test_perceptual_uses_the_injected_network_and_names_it(networks):
    metric = Perceptual(perceptual=networks["perceptual"], device=torch.device("cpu"))
    a = np.full((8, 8, 3), 0, np.uint8)
    assert value(metric, crop=a, inversion=a + 255) == pytest.approx(2.0)
    assert metric.compute()[0].instrument == "perceptual=fake"


def test_blur_lowers_sharpness_and_a_flat_source_defines_none():
    sharp, _ = pair()
    soft = ((sharp.astype(int) + np.roll(sharp, 1, 1) + np.roll(sharp, 1, 0)) // 3).astype(np.uint8)
    mask = np.ones(sharp.shape[:2], np.float32)
    assert value(Sharpness(), source=sharp, edited=sharp, mask=mask) == 1.0
    assert value(Sharpness(), source=sharp, edited=soft, mask=mask) < 0.6
    flat = np.full_like(sharp, 9)
    assert np.isnan(value(Sharpness(), source=flat, edited=sharp, mask=mask))
