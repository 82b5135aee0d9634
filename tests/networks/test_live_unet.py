"""The live network: nothing at strength 0, little arithmetic, no edge, the same by torch and by onnxruntime."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.networks.live_files import LiveEdit, LiveModel, export_onnx, load_live, save_live
from stitch_exp.networks.live_unet import LiveUNet
from tests.ops.test_detail_map import detail_map


def network(widths: tuple[int, ...] = (8, 12), depths: tuple[int, ...] = (1, 1)) -> LiveUNet:
    torch.manual_seed(0)
    made = LiveUNet(widths=widths, depths=depths).eval()
    torch.nn.init.normal_(made.head.weight, std=1.0)
    return made.requires_grad_(False)


def details(count: int = 2, side: int = 32) -> torch.Tensor:
    return torch.cat(
        [
            torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(2)) - 0.5,
            torch.ones(count, 1, side, side),
        ],
        dim=1,
    )


def crops(count: int = 2, side: int = 32) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_strength_zero_is_exactly_nothing_and_others_are_something() -> None:
    change = network()(crops(), torch.tensor([0.0, 1.0]), details())
    assert (change.colour[0] == 0).all()
    assert change.colour[1].abs().max() > 0.05
    assert float(change.mask.min()) >= 0 and float(change.mask.max()) <= 1


def test_nothing_is_changed_at_the_edge_of_the_crop() -> None:
    change = network()(crops(side=128), torch.ones(2), details(side=128))
    inner, outer = change.colour[..., 20:-20, 20:-20].abs().mean(), change.colour[..., 0, :].abs().mean()
    assert float(outer) == 0.0 and float(inner) > 0.05


def test_a_shift_of_the_crop_shifts_the_change() -> None:
    made, wide, drawn = network(), crops(1, 136), details(1, 136)
    one = made(wide[..., :128, :128], torch.ones(1), drawn[..., :128, :128]).colour
    other = made(
        wide[..., 8:, 8:], torch.ones(1), drawn[..., 8:, 8:]
    ).colour  # 8 px: a whole number of pixels at every level
    assert torch.allclose(one[..., 64:80, 64:80], other[..., 56:72, 56:72], atol=1e-4)


def test_it_costs_less_than_a_thousand_million_products() -> None:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        full = LiveUNet().eval()
        full(torch.zeros(1, 3, 256, 256), torch.ones(1), torch.zeros(1, 4, 256, 256))
    assert counter.get_total_flops() / 2 < 0.6e9
    assert sum(value.numel() for value in full.state_dict().values()) * 4 < 10e6


def test_a_file_comes_back_as_it_was(tmp_path: Path) -> None:
    made, edit, detail = network(), LiveEdit(32, {"age": 2.0}, 1.25), detail_map(32, (1.0, -0.5))
    save_live(LiveModel(made, edit, detail), tmp_path / "live.safetensors")
    read, told, drawn = load_live(tmp_path / "live.safetensors")
    assert told == edit and drawn.shares == (1.0, -0.5) and np.allclose(drawn.home, detail.home)
    assert np.array_equal(drawn.colours, detail.colours.astype(np.float16))
    given = crops(), torch.ones(2), details()
    assert torch.equal(read(*given).colour, made(*given).colour)


def test_a_network_that_has_learned_nothing_shows_the_map() -> None:
    torch.manual_seed(0)
    made, detail, strength = LiveUNet().eval(), details(1, 128), torch.tensor([0.6])
    shown = made(crops(1, 128), strength, detail).colour[..., 8:-8, 8:-8]
    wanted = 0.6 * detail[:, :3, 8:-8, 8:-8]
    assert float((shown - wanted).square().mean() / wanted.square().mean()) < 0.03


def test_what_is_not_trusted_is_left_alone() -> None:
    detail = details(1)
    detail[:, 3, :, :16] = 0.0
    shown = network()(crops(1), torch.ones(1), detail).colour
    assert (shown[..., :16] == 0).all() and shown[..., 16:].abs().max() > 0.05


def test_the_mask_keeps_the_map_away_and_shows_all_of_it_where_it_is_nearly_sure() -> None:
    made, detail = network(), details(1, 64)
    torch.nn.init.zeros_(made.head.weight)
    shown = []
    for sure in (1e-9, 0.4, 0.85, 0.999):
        made.head.bias[12] = math.log(sure / (1 - sure))
        shown.append(made(crops(1, 64), torch.ones(1), detail).colour[..., 8:-8, 8:-8])
    wanted = detail[:, :3, 8:-8, 8:-8]
    assert float(shown[0].abs().max()) < 1e-6 and torch.allclose(shown[1], 0.5 * wanted, atol=1e-5)
    assert torch.allclose(shown[2], wanted, atol=1e-5) and torch.equal(shown[2], shown[3])


def test_what_is_no_live_network_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="no live network"):
        load_live(tmp_path / "other.safetensors")
    save_live(LiveModel(network(), LiveEdit(30, {}), detail_map(30)), tmp_path / "odd.safetensors")
    with pytest.raises(WeightsError, match="30 px"):
        load_live(tmp_path / "odd.safetensors")
    save_live(LiveModel(network(), LiveEdit(32, {}), detail_map(64)), tmp_path / "map.safetensors")
    with pytest.raises(WeightsError, match="another shape"):
        load_live(tmp_path / "map.safetensors")
    with pytest.raises(ConfigError, match="as many depths as widths"):
        LiveUNet(widths=(8,), depths=(1, 2))


def test_a_file_from_before_the_detail_map_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = tmp_path / "live.safetensors"
    save_live(LiveModel(network(), LiveEdit(32, {}), detail_map(32)), path)
    notes = {"kind": "live", "config": '{"widths": [8, 12], "depths": [1, 1]}'}
    save_file({name: value for name, value in load_file(path).items() if "detail" not in name}, path, notes)
    with pytest.raises(WeightsError, match="no detail map"):
        load_live(path)


def test_onnxruntime_computes_what_torch_computes(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    made = network((24, 48, 96), (1, 1, 1))
    export_onnx(made, 64, tmp_path / "live.onnx")
    session = runtime.InferenceSession(str(tmp_path / "live.onnx"), providers=["CPUExecutionProvider"])
    picture, strength = crops(1, 64), torch.tensor([0.7])
    given = {"crops": picture, "strength": strength, "detail": details(1, 64)}
    found = session.run(["colour", "mask"], {name: value.numpy() for name, value in given.items()})
    for ours, theirs in zip(made(*given.values()), found, strict=True):
        assert np.abs(ours.numpy() - theirs).max() < 1e-3
