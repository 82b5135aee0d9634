"""Parser, face recognisers and LPIPS against numbers of the reference classes, from files in the public layouts."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from stitch_exp.networks.bisenet import BiSeNet
from stitch_exp.perceptual import lpips
from stitch_exp.recognisers import facenet
from stitch_exp.recognisers.arcface import ArcFace
from stitch_exp.weights.filling import fill
from stitch_exp.weights.reading import read_tensors
from tests.golden.fill import fill_state_dict, smooth_image

GOLDEN = Path(__file__).parents[1] / "golden"


def manifest(name: str) -> dict[str, Tensor]:
    entries = json.loads((GOLDEN / f"{name}.json").read_text())["state_dict"]
    return {key: torch.zeros(shape, dtype=getattr(torch, kind)) for key, shape, kind in entries}


def arrays(name: str) -> dict[str, Tensor]:
    with np.load(GOLDEN / f"{name}.npz") as file:
        return {key: torch.from_numpy(file[key]) for key in file.files if file[key].dtype.kind in "fiu"}


def assert_close(actual: Tensor, expected: Tensor) -> None:
    scale = expected.std() if expected.numel() > 1 else expected.abs()
    assert (actual - expected).abs().max() <= 1e-4 * scale


def public_file(folder: Path, name: str) -> Path:
    """A file in the public layout, filled by the recipe; every key and shape of the manifest is in it."""
    torch.save(fill_state_dict(manifest(name), "plain"), folder / f"{name}.pth")
    return folder / f"{name}.pth"


@torch.no_grad()
def test_bisenet(tmp_path: Path) -> None:
    path = public_file(tmp_path, "bisenet")
    network = fill(BiSeNet, {}, read_tensors(path)[0], path)
    image, expected = 1.5 * smooth_image("seg128", 128, 128), arrays("bisenet_small")
    scores = network(image)
    assert_close(scores[..., ::2, ::2], expected["logits"])
    assert (scores.argmax(dim=1) == expected["argmax"]).float().mean() > 0.9999


@torch.no_grad()
def test_arcface(tmp_path: Path) -> None:
    path = public_file(tmp_path, "arcface_irse50")
    network = fill(ArcFace, {}, read_tensors(path)[0], path)
    chips = torch.cat([smooth_image(name, 112, 112) for name in ("face112", "face112_b")])
    assert_close(network(chips), arrays("arcface_irse50_small")["embedding"])


@torch.no_grad()
def test_facenet(tmp_path: Path) -> None:
    network = facenet.load_facenet(public_file(tmp_path, "facenet_inception_resnet_v1"))
    chips = 4 * torch.cat([smooth_image(name, 160, 160) for name in ("face160", "face160_b")])
    assert_close(network(chips), arrays("facenet_inception_resnet_v1_small")["embedding"])


def torchvision_file(folder: Path, name: str) -> tuple[Path, dict[str, Tensor]]:
    """The trunk under torchvision's names, and the heads, filled by the recipe under the names of the manifest."""
    state = fill_state_dict(manifest(name), "lpips")
    trunk = {
        re.sub(r"net\.slice\d\.", "features.", key): value for key, value in state.items() if key.startswith("net.")
    }
    torch.save(trunk | {"classifier.1.weight": torch.zeros(2, 2)}, folder / f"{name}.pth")
    return folder / f"{name}.pth", {key: value for key, value in state.items() if key.startswith("lins.")}


def test_lpips_alex(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, heads = torchvision_file(tmp_path, "lpips_alex")
    monkeypatch.setattr(lpips, "_heads", lambda name: [heads[f"lins.{i}.model.1.weight"] for i in range(5)])
    network = lpips.LPIPS(trunk="alex", weights=path, resize_px=None)
    expected = arrays("lpips_alex_small")
    a, b = smooth_image("lp_a", 96, 96), 0.7 * smooth_image("lp_b", 96, 96)
    a.requires_grad_(True)
    features = network.features(a), network.features(b)
    assert_close(network(a, b), expected["distance"].reshape(-1))
    assert_close(torch.cat(network.per_layer(*features)), expected["per_layer"])
    network(a, b).sum().backward()
    assert_close(a.grad, expected["grad_x"])


@pytest.mark.parametrize("name", ["alex", "vgg"])
def test_lpips_holds_the_public_trunk_and_the_shipped_heads(tmp_path: Path, name: str) -> None:
    path, _ = torchvision_file(tmp_path, f"lpips_{name}")
    network = lpips.LPIPS(trunk=name, weights=path, resize_px=32)
    trunk = [tuple(value.shape) for key, value in network.state_dict().items() if key.startswith("layers.")]
    heads = [tuple(value.shape) for key, value in network.state_dict().items() if key.startswith("head")]
    expected = manifest(f"lpips_{name}")
    assert trunk == [tuple(value.shape) for key, value in expected.items() if key.startswith("net.")]
    assert heads == [tuple(value.shape) for key, value in expected.items() if key.startswith("lins.")]
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    assert network(images, images).abs().max() == 0 and (network(images, -images) > 0).all()
