"""The live network: nothing at strength 0, little arithmetic, no edge, the same by torch and by onnxruntime."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.networks.live_files import LiveEdit, export_onnx, load_live, save_live
from stitch_exp.networks.live_unet import LiveUNet


def network(widths: tuple[int, ...] = (8, 12), depths: tuple[int, ...] = (1, 1)) -> LiveUNet:
    torch.manual_seed(0)
    made = LiveUNet(widths=widths, depths=depths).eval()
    torch.nn.init.normal_(made.head.weight, std=1.0)
    return made.requires_grad_(False)


def crops(count: int = 2, side: int = 32) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_strength_zero_is_exactly_nothing_and_others_are_something() -> None:
    change = network()(crops(), torch.tensor([0.0, 1.0]))
    assert (change.colour[0] == 0).all()
    assert change.colour[1].abs().max() > 0.05
    assert float(change.mask.min()) >= 0 and float(change.mask.max()) <= 1


def test_nothing_is_changed_at_the_edge_of_the_crop() -> None:
    change = network()(crops(side=128), torch.ones(2))
    inner, outer = change.colour[..., 20:-20, 20:-20].abs().mean(), change.colour[..., 0, :].abs().mean()
    assert float(outer) == 0.0 and float(inner) > 0.05


def test_a_shift_of_the_crop_shifts_the_change() -> None:
    made, wide = network(), crops(1, 136)
    one = made(wide[..., :128, :128], torch.ones(1)).colour
    other = made(wide[..., 8:, 8:], torch.ones(1)).colour  # 8 px: a whole number of pixels at every level
    assert torch.allclose(one[..., 64:80, 64:80], other[..., 56:72, 56:72], atol=1e-4)


def test_it_costs_less_than_a_thousand_million_products() -> None:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        full = LiveUNet().eval()
        full(torch.zeros(1, 3, 256, 256), torch.ones(1))
    assert counter.get_total_flops() / 2 < 0.6e9
    assert sum(value.numel() for value in full.state_dict().values()) * 4 < 10e6


def test_a_file_comes_back_as_it_was(tmp_path: Path) -> None:
    made, edit = network(), LiveEdit(32, {"age": 2.0}, 1.25)
    save_live(made, edit, tmp_path / "live.safetensors")
    read, told = load_live(tmp_path / "live.safetensors")
    assert told == edit
    assert torch.equal(read(crops(), torch.ones(2)).colour, made(crops(), torch.ones(2)).colour)


def test_what_is_no_live_network_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="no live network"):
        load_live(tmp_path / "other.safetensors")
    save_live(network(), LiveEdit(30, {}), tmp_path / "odd.safetensors")
    with pytest.raises(WeightsError, match="30 px"):
        load_live(tmp_path / "odd.safetensors")
    with pytest.raises(ConfigError, match="as many depths as widths"):
        LiveUNet(widths=(8,), depths=(1, 2))


def test_onnxruntime_computes_what_torch_computes(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    made = network((24, 48, 96), (1, 1, 1))
    export_onnx(made, 64, tmp_path / "live.onnx")
    session = runtime.InferenceSession(str(tmp_path / "live.onnx"), providers=["CPUExecutionProvider"])
    picture, strength = crops(1, 64), torch.tensor([0.7])
    found = session.run(["colour", "mask"], {"crops": picture.numpy(), "strength": strength.numpy()})
    for ours, theirs in zip(made(picture, strength), found, strict=True):
        assert np.abs(ours.numpy() - theirs).max() < 1e-3
