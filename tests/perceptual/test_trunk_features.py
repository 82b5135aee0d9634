from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stitch_exp.errors import WeightsError
from stitch_exp.inverters.mobile_encoder import MobileEncoder, trunk_from_imagenet
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


def test_rows_past_the_last_style_repeat_it_and_stage_0_is_a_code_in_w() -> None:
    torch.manual_seed(0)
    encoder = MobileEncoder(**SIZES).eval()
    images = torch.rand(2, 3, 64, 64)
    codes = encoder(images)
    assert codes.shape == (2, 3, 8)
    assert torch.equal(codes[:, 1], codes[:, 2]) and not torch.equal(codes[:, 0], codes[:, 1])
    base = encoder(images, stage=0)
    assert torch.equal(base, base[:, :1].expand(-1, 3, -1)) and torch.equal(base[:, 0], codes[:, 0])


def test_folding_gives_what_convolution_and_normalisation_give() -> None:
    torch.manual_seed(0)
    conv, norm = torch.nn.Conv2d(3, 32, 3, 2, 1, bias=False), torch.nn.BatchNorm2d(32, eps=1e-3)
    norm.running_mean.normal_(), norm.running_var.uniform_(0.5, 2), norm.weight.data.normal_(), norm.bias.data.normal_()
    state = {"_conv_stem.weight": conv.weight} | {f"_bn0.{key}": value for key, value in norm.state_dict().items()}
    folded = trunk_from_imagenet({key: value.detach() for key, value in state.items()})
    x = torch.randn(1, 3, 16, 16)
    plain = torch.nn.functional.conv2d(x, folded["stem.weight"], folded["stem.bias"], 2, 1)
    torch.testing.assert_close(plain, norm.eval()(conv(x)), atol=1e-5, rtol=1e-4)
