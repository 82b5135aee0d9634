"""LPIPS on a random trunk: its definition, and what it refuses."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from stitch_exp.errors import ConfigError, SettingsError, WeightsError
from stitch_exp.perceptual.lpips import LPIPS, SCALE, SHIFT, TAPS, shrunk


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from torchvision.models import alexnet

    torch.manual_seed(0)
    features = alexnet(weights=None).features
    path = tmp_path_factory.mktemp("weights") / "alexnet.pth"
    torch.save({f"features.{key}": value for key, value in features.state_dict().items()}, path)
    return path


@pytest.fixture(scope="module")
def network(weights: Path) -> LPIPS:
    return LPIPS(trunk="alex", weights=weights, resize_px=None)


IMAGES = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_the_distance_by_its_definition(network: LPIPS) -> None:
    """Equation 1: at every place unit-length features, differences squared, weighed by channel, averaged, summed."""
    a, b = IMAGES[:1], IMAGES[1:2]
    total = 0.0
    x, y = ((image - torch.tensor(SHIFT)[:, None, None]) / torch.tensor(SCALE)[:, None, None] for image in (a, b))
    taken = 0
    for index, layer in enumerate(network.layers):
        x, y = layer(x), layer(y)
        if index in TAPS["alex"]:
            difference = (F.normalize(x, dim=1) - F.normalize(y, dim=1)).square()
            weight = getattr(network, f"head{taken}")[0, :, 0, 0]
            total += float((difference * weight[:, None, None]).sum(dim=1).mean())
            taken += 1
    assert taken == 5 and float(network(a, b)) == pytest.approx(total, rel=1e-4)


def test_it_is_symmetric_and_nothing_for_equal_pictures(network: LPIPS) -> None:
    forth, back = network(IMAGES, IMAGES.flip(0)), network(IMAGES.flip(0), IMAGES)
    torch.testing.assert_close(forth, back)
    assert network(IMAGES, IMAGES).tolist() == [0, 0, 0] and float(forth[1]) == 0.0 and float(forth[0]) > 0


def test_layers_add_up_and_weights_never_take_away(network: LPIPS) -> None:
    features = network.features(IMAGES), network.features(-IMAGES)
    layers = network.per_layer(*features)
    assert len(layers) == 5 and all((layer >= 0).all() for layer in layers)
    torch.testing.assert_close(sum(layers), network.compare(*features))
    assert all((getattr(network, f"head{index}") >= 0).all() for index in range(5))


def test_features_have_unit_length_even_of_black(network: LPIPS) -> None:
    for feature in network.features(torch.zeros(1, 3, 64, 64)):
        lengths = feature.norm(dim=1)
        assert feature.isfinite().all() and (lengths <= 1 + 1e-4).all()


def test_pictures_are_averaged_down_on_request(weights: Path, network: LPIPS) -> None:
    shrinking = LPIPS(trunk="alex", weights=weights, resize_px=64)
    large = IMAGES.repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(shrinking(large, -large), network(IMAGES, -IMAGES))
    torch.testing.assert_close(shrinking(IMAGES, -IMAGES), network(IMAGES, -IMAGES))
    assert shrunk(IMAGES, 100) is IMAGES and shrunk(IMAGES, None) is IMAGES


def test_its_weights_are_never_trained(network: LPIPS) -> None:
    assert not any(parameter.requires_grad for parameter in network.parameters()) and not network.training
    images = IMAGES[:1].clone().requires_grad_()
    network(images, IMAGES[1:2]).sum().backward()
    assert images.grad.abs().max() > 0


def test_what_does_not_fit_is_said(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"perceptual\.trunk is 'squeeze'; use one of alex, vgg"):
        LPIPS(trunk="squeeze", weights=weights, resize_px=None)
    with pytest.raises(WeightsError, match=r"is not the trunk of lpips_vgg: .* missing"):
        LPIPS(trunk="vgg", weights=weights, resize_px=None)
    with pytest.raises(WeightsError, match=r"\(perceptual\.weights\) is missing"):
        LPIPS(trunk="alex", weights=tmp_path / "gone.pth", resize_px=None)
    with pytest.raises(SettingsError, match="resize_px is 0; use at least 1"):
        LPIPS(trunk="alex", weights=weights, resize_px=0)
