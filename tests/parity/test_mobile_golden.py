"""The generator from the user's wheel against numbers that OpenVINO computed from the wheel's own graph."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from stitch_exp.host import installed
from stitch_exp.networks.mobile_files import MAPPING, PACKAGE, SYNTHESIS, mapping_state, synthesis_state
from stitch_exp.networks.mobile_stylegan import MobileGenerator

GOLDEN = Path(__file__).parents[1] / "golden" / "mobile_stylegan_ffhq_small.npz"


@pytest.fixture(scope="module")
def generator() -> MobileGenerator:
    network = MobileGenerator().eval().requires_grad_(False)
    mapping, synthesis = installed.find(PACKAGE, MAPPING), installed.find(PACKAGE, SYNTHESIS)
    assert mapping and synthesis, "`make install` brings random-face"
    network.mapping.load_state_dict(mapping_state(mapping), strict=False)
    lacking = network.synthesis.load_state_dict(synthesis_state(synthesis), strict=False)
    assert not lacking.unexpected_keys
    assert all(key.startswith("head") for key in lacking.missing_keys)
    return network


@pytest.fixture(scope="module")
def golden() -> dict[str, torch.Tensor]:
    with np.load(GOLDEN) as stored:
        return {key: torch.from_numpy(stored[key]) for key in ("z", "w", "mean16", "crop_480_544")}


def test_the_mapping_network_is_the_wheels(generator: MobileGenerator, golden: dict) -> None:
    torch.testing.assert_close(generator.map(golden["z"])[:, 7], golden["w"], atol=2e-5, rtol=0)


def test_pictures_of_w_are_the_wheels(generator: MobileGenerator, golden: dict) -> None:
    images = generator(golden["w"][:2, None].expand(-1, 18, -1))
    assert images.shape == (2, 3, 1024, 1024)
    torch.testing.assert_close(images[:, :, 480:544, 480:544], golden["crop_480_544"], atol=1e-4, rtol=0)
    torch.testing.assert_close(F.avg_pool2d(images, 16), golden["mean16"], atol=1e-4, rtol=0)


def test_512_px_are_the_mean_of_1024(generator: MobileGenerator, golden: dict) -> None:
    ws = golden["w"][:1, None].expand(-1, 18, -1)
    torch.testing.assert_close(generator(ws, resolution=512), F.avg_pool2d(generator(ws), 2), atol=1e-4, rtol=0)


def test_the_last_two_rows_do_nothing(generator: MobileGenerator, golden: dict) -> None:
    ws = golden["w"][:1, None].repeat(1, 18, 1)
    plain = generator(ws, resolution=512)
    ws[:, 16:] += 1.0
    assert torch.equal(generator(ws, resolution=512), plain)
    ws[:, 15:] += 1.0
    assert not torch.equal(generator(ws, resolution=512), plain)
