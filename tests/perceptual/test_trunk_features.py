from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stitch_exp.errors import WeightsError
from stitch_exp.inverters.mobile_encoder import MobileEncoder
from stitch_exp.perceptual.trunk_features import BLOCKS, TrunkFeatures

SIZES = {"num_styles": 2, "num_ws": 3, "w_dim": 8, "squeezed": 2, "hidden": 4, "input_size": 64}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    state = {f"network.{key}": value for key, value in MobileEncoder(**SIZES).state_dict().items()}
    path = tmp_path_factory.mktemp("weights") / "encoder.safetensors"
    config = str(SIZES).replace("'", '"')
    metadata = {"network": "MobileEncoder", "kind": "e4e", "config": config}
    save_file(state | {"latent_avg": torch.zeros(3, 8)}, path, metadata)
    return path


def test_equal_pictures_have_no_distance_and_others_have_one(weights: Path) -> None:
    network = TrunkFeatures(weights=weights, resize_px=None).eval()
    a, b = torch.rand(2, 3, 64, 64) * 2 - 1, torch.rand(2, 3, 64, 64) * 2 - 1
    assert torch.equal(network(a, a), torch.zeros(2))
    assert (network(a, b) > 0).all()
    torch.testing.assert_close(network(a, b)[1:], network(a[1:], b[1:]))


def test_features_have_unit_length_at_every_place(weights: Path) -> None:
    found = TrunkFeatures(weights=weights, resize_px=64).features(torch.rand(1, 3, 128, 128))
    assert [layer.shape[-1] for layer in found] == [32, 16, 8, 4, 4] and len(found) == len(BLOCKS)
    for layer in found:
        torch.testing.assert_close(layer.norm(dim=1), torch.ones_like(layer[:, 0]))


def test_another_encoder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(WeightsError, match="holds no encoder"):
        TrunkFeatures(weights=path, resize_px=None)
