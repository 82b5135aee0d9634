"""Weights of a stage in one file, with what rebuilds the network."""

from pathlib import Path

import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.training.storage import load_matching, load_strict, read_tensors, save_network

SMALL = {"z_dim": 32, "w_dim": 32, "img_resolution": 16, "num_mapping_layers": 3, "channel_base": 128, "channel_max": 8}


def test_growing_a_generator_keeps_its_picture() -> None:
    small, grown = Generator(**SMALL).eval(), Generator(**{**SMALL, "img_resolution": 32}).eval()
    fresh = load_matching(grown, small.state_dict())
    assert fresh
    assert all("b32" in key for key in fresh)
    ws = torch.randn(1, grown.num_ws, 32)
    with torch.no_grad():
        torch.testing.assert_close(grown(ws, resolution=16), small(ws[:, : small.num_ws]))


def test_what_half_precision_cannot_hold_keeps_its_own(tmp_path: Path) -> None:
    state = {"variance": torch.tensor([1e5, 1.0]), "weight": torch.tensor([0.5])}
    save_network(tmp_path / "n.safetensors", state, network="n", arguments={}, licence="x")
    assert read_tensors(tmp_path / "n.safetensors")[0]["variance"].equal(state["variance"])
    with pytest.raises(WeightsError, match="not finite, first weight"):
        save_network(
            tmp_path / "n.safetensors", {"weight": torch.tensor([torch.inf])}, network="n", arguments={}, licence="x"
        )


def stored(path: Path, half: bool = True, **state: torch.Tensor) -> Path:
    save_network(path, state, network="Small", arguments={"width": 3}, licence="CC0", half=half, rows="a\nb")
    return path


def test_a_file_says_what_rebuilds_it(tmp_path: Path) -> None:
    tensors, metadata = read_tensors(stored(tmp_path / "n.safetensors", w=torch.ones(2, 3).T, n=torch.tensor(7)))
    assert metadata == {"network": "Small", "config": {"width": 3}, "licence": "CC0", "rows": "a\nb"}
    assert tensors["w"].shape == (3, 2) and tensors["w"].dtype == torch.float32
    assert tensors["n"].dtype == torch.int64 and tensors["n"].item() == 7


@pytest.mark.parametrize("half", [True, False])
def test_floats_are_halved_on_request(tmp_path: Path, half: bool) -> None:
    third = torch.tensor([1 / 3])
    path = stored(tmp_path / "n.safetensors", half, w=third)
    assert torch.equal(read_tensors(path)[0]["w"], third.half().float() if half else third)


def test_tensors_that_share_memory_are_stored_apart(tmp_path: Path) -> None:
    base = torch.arange(4.0)
    tensors, _ = read_tensors(stored(tmp_path / "n.safetensors", a=base, b=base[:2]))
    assert tensors["a"].tolist() == [0, 1, 2, 3] and tensors["b"].tolist() == [0, 1]


def test_what_is_missing_or_broken_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"gone\.safetensors do not exist; run the training stage that makes them"):
        read_tensors(tmp_path / "gone.safetensors")
    with pytest.raises(WeightsError, match=r"Small is not written to .*: 1 tensors are not finite, first b"):
        stored(tmp_path / "n.safetensors", a=torch.ones(1), b=torch.tensor([torch.nan]))
    assert list(tmp_path.iterdir()) == []


def test_matching_tensors_are_copied_and_the_rest_named() -> None:
    network = torch.nn.Linear(2, 3)
    bias = network.bias.detach().clone()
    fresh = load_matching(network, {"weight": torch.full((3, 2), 5.0), "bias": torch.zeros(4), "more": torch.ones(1)})
    assert fresh == ["bias"] and (network.weight == 5).all() and torch.equal(network.bias, bias)


def test_a_strict_load_refuses_both_ways() -> None:
    network = torch.nn.Linear(2, 3)
    load_strict(network, {"weight": torch.ones(3, 2), "bias": torch.ones(3)})
    with pytest.raises(WeightsError, match=r"do not fit Linear: 1 missing .*\['bias'\].*, 1 unknown .*\['more'\]"):
        load_strict(network, {"weight": torch.ones(3, 2), "more": torch.ones(1)})
