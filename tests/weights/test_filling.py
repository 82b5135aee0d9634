"""Tensors go into a network whole, or the file is told what does not fit."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.networks.generator_files import load_generator
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.weights.filling import check_keys, fill, finite, other_network, own_config, reading_as

SMALL = {"z_dim": 8, "w_dim": 8, "img_resolution": 16, "img_channels": 3, "num_mapping_layers": 2}


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return Generator(**SMALL).state_dict()


def changed(state: dict[str, torch.Tensor], tmp_path: Path, **tensors: torch.Tensor | None) -> Path:
    out = {key: value for key, value in (state | tensors).items() if value is not None}
    torch.save({"g_ema": out}, tmp_path / "g.pt")
    return tmp_path / "g.pt"


def test_numbers_of_the_wrong_kind_are_named(tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    key, value = "synthesis.b8.conv0.weight", state["synthesis.b8.conv0.weight"]
    for odd, told in {
        value.to(torch.complex64): "holds complex numbers",
        value.to(torch.int32): "holds int32, float32 is needed",
        torch.full_like(value, torch.nan): "NaN or infinite",
        value.index_fill(0, torch.tensor([0]), torch.inf): f"{key} holds {value[0].numel()} of {value.numel()} numbers",
    }.items():
        with pytest.raises(WeightsError, match=told):
            load_generator(changed(state, tmp_path, **{key: odd}))


@pytest.mark.parametrize(
    "key",
    ["synthesis.b4.conv1.affine.weight", "synthesis.b16.torgb.weight", "synthesis.b8.conv1.weight", "mapping.w_avg"],
)
def test_a_missing_layer_is_named(tmp_path: Path, state: dict[str, torch.Tensor], key: str) -> None:
    with pytest.raises(WeightsError, match=key):
        load_generator(changed(state, tmp_path, **{key: None}))


@pytest.mark.parametrize("config", ['{"num_mapping_layers": 1000000000}', "[1]", '{"img_resolution": 1e300}'])
def test_what_a_file_says_of_itself_is_bounded(tmp_path: Path, state: dict[str, torch.Tensor], config: str) -> None:
    save_file({key: value.contiguous().clone() for key, value in state.items()}, tmp_path / "g", {"config": config})
    with pytest.raises(WeightsError, match="its config"):
        load_generator(tmp_path / "g")


class Small(nn.Module):
    """A layer with a count, as batch normalisation has."""

    def __init__(self, *, width: int = 2, num_layers: int = 1) -> None:
        super().__init__()
        if width < 0:
            raise ConfigError("width is negative")
        self.line = nn.Linear(width, 1)
        self.register_buffer("count", torch.tensor(0))


def whole(**other: torch.Tensor) -> dict[str, torch.Tensor]:
    plain = {"line.weight": torch.ones(1, 2), "line.bias": torch.zeros(1), "count": torch.tensor(7)}
    return plain | {name.replace("__", "."): value for name, value in other.items()}


def test_a_network_holds_the_file_s_numbers_in_single_precision() -> None:
    network = fill(Small, {"width": 2}, whole(line__weight=torch.tensor([[0.5, 2.0]]).half()), "x.pt")
    assert not network.training and network.count.item() == 7
    assert network.line.weight.dtype == torch.float32
    assert network.line(torch.tensor([[2.0, 1.0]])).item() == 3.0


def test_every_difference_is_told_at_once() -> None:
    state = whole(line__weight=torch.ones(1, 3), more=torch.ones(1))
    del state["count"]
    with pytest.raises(WeightsError) as caught:
        fill(Small, {}, state, "x.pt")
    assert str(caught.value) == (
        "'x.pt' does not fit Small: 1 missing (count); 1 unknown (more); 1 of another shape "
        "(line.weight (1, 3) for (1, 2)); take the file of the network the config names"
    )


def test_only_the_first_differences_are_named() -> None:
    with pytest.raises(WeightsError, match=r"9 unknown \(k0, k1, k2\);"):
        check_keys({}, {f"k{index}": torch.ones(1) for index in range(9)}, "it")
    check_keys({"a": torch.Size([])}, {"a": torch.tensor(1)}, "it")


@pytest.mark.parametrize("arguments", [{"width": -1}, {"depth": 3}, {"width": "wide"}])
def test_arguments_that_make_no_network_are_told(arguments: dict) -> None:
    with pytest.raises(WeightsError, match=r"'x\.pt': Small cannot be made with \{"):
        fill(Small, arguments, whole(), "x.pt")


@pytest.mark.parametrize(
    "arguments",
    [
        {"width": 1 << 21},
        {"num_layers": 513},
        {"width": float("nan")},
        {"sizes": [1] * 513},
        {"sizes": (1, -(1 << 40))},
    ],
)
def test_arguments_no_network_has_are_refused_before_it_is_made(arguments: dict) -> None:
    key = next(iter(arguments))
    with pytest.raises(WeightsError, match=rf"its config says {key}=.*, which no network here has"):
        fill(Small, arguments, whole(), "x.pt")


@pytest.mark.parametrize(("name", "kind"), [("count", "int64"), ("line__bias", "float32")])
def test_a_count_is_no_float_and_a_weight_no_count(name: str, kind: str) -> None:
    wrong = torch.tensor([0]) if kind == "float32" else torch.tensor(0.0)
    with pytest.raises(WeightsError, match=rf"{name.replace('__', '.')} holds \w+, {kind} is needed"):
        fill(Small, {}, whole(**{name: wrong}), "x.pt")


def test_numbers_beyond_single_precision_are_infinite() -> None:
    with pytest.raises(WeightsError, match="w holds 1 of 2 numbers that are NaN or infinite"):
        finite("w", torch.tensor([1.0, 1e300], dtype=torch.float64), "x.pt")
    assert finite("w", torch.tensor([1], dtype=torch.int32), "x").dtype == torch.float32


@pytest.mark.parametrize("nothing", [{}, {"config": None}, {"config": {}}])
def test_a_file_of_others_has_no_config(nothing: dict) -> None:
    assert own_config(nothing, "x") is None
    assert own_config({"config": {"z_dim": 4}}, "x") == {"z_dim": 4}


def test_what_goes_wrong_while_sorting_is_about_the_file() -> None:
    told = r"looks like an encoder, but tensors are missing .*\(KeyError: 'a'\)"
    with pytest.raises(WeightsError, match=told), reading_as("an encoder", "x.pt"):
        {}["a"]
    with pytest.raises(ConfigError, match="own words"), reading_as("an encoder", "x.pt"):
        raise ConfigError("own words")
    with pytest.raises(KeyboardInterrupt), reading_as("an encoder", "x.pt"):
        raise KeyboardInterrupt


def test_another_network_is_called_by_what_it_is() -> None:
    error = other_network("x.pt", "StyleGAN generator", {"cp.resnet.conv1.weight": torch.ones(1)})
    assert str(error) == "'x.pt' holds no StyleGAN generator; it holds a BiSeNet face parser"
