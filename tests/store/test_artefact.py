"""An artefact on the disk: what is saved comes back."""

import json
from dataclasses import fields

import numpy as np
import pytest
import torch

from stitch_exp import types
from stitch_exp.errors import StorageError
from stitch_exp.store.artefact import load, save
from tests.made_artefacts import stitched


def equal(a: object, b: object) -> bool:
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and torch.equal(a, b)
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, types.WPlus | types.StyleSpace):
        return type(a) is type(b) and equal(
            [getattr(a, item.name) for item in fields(a)], [getattr(b, item.name) for item in fields(b)]
        )
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    return a == b


ARTEFACTS = {
    "pivots": types.Pivots(codes=torch.randn(3, 4, 8), weight_offsets={"b4.weight": torch.randn(2, 2)}),
    "wplus": types.EditedLatents(types.WPlus(torch.randn(2, 4, 8)), "age", {"age": 2.0}),
    "styles": types.EditedLatents(types.StyleSpace((torch.randn(2, 3), torch.randn(2, 5))), "smile", {"smile": 1.5}),
    "stitched": stitched(types.Workspace()),
    "aligned": types.AlignedClip(
        crops=np.zeros((1, 4, 4, 3), np.uint8),
        frame_index=np.array([1]),
        frame_from_crop=np.eye(3)[None],
        quads=np.zeros((1, 4, 2)),
        landmarks=np.zeros((1, 68, 2)),
        status=("missing", "detected"),
    ),
}


@pytest.mark.parametrize("name", ARTEFACTS)
def test_save_then_load_is_the_identity(tmp_path, name):
    save(ARTEFACTS[name], tmp_path)
    back = load(tmp_path)
    assert type(back) is type(ARTEFACTS[name])
    for item in fields(back):
        assert equal(getattr(ARTEFACTS[name], item.name), getattr(back, item.name)), item.name


def test_the_layout_on_the_disk_is_arrays_tensors_and_plain_values(tmp_path):
    save(
        types.TunedGenerator(
            {"a.w": torch.ones(2)}, torch.zeros(1, 2, 3), np.ones((1, 4, 4, 3), np.uint8), np.zeros(2)
        ),
        tmp_path,
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "inversions.npy", "losses.npy", "meta.json", "tensors.safetensors"
    ]  # fmt: skip
    meta = json.loads((tmp_path / "meta.json").read_text())
    assert meta == {
        "type": "TunedGenerator", "plain": {}, "arrays": ["inversions", "losses"],
        "nested": {"state": "mapping", "pivots": "tensor"},
    }  # fmt: skip


def test_styles_come_back_in_their_order_and_keys_with_slashes_whole(tmp_path):
    styles = tuple(torch.full((1, 2), float(n)) for n in range(26))
    save(types.EditedLatents(types.StyleSpace(styles), "caf\u00e9", {"smile": -1.5, "\u4eba": 0.1}), tmp_path)
    back = load(tmp_path)
    assert [style[0, 0].item() for style in back.latents.styles] == list(range(26))
    assert (back.name, back.terms) == ("caf\u00e9", {"smile": -1.5, "\u4eba": 0.1})


def test_nothing_at_all_comes_back(tmp_path):
    save(types.Pivots(torch.zeros(0, 2, 3), {}), tmp_path)
    back = load(tmp_path)
    assert back.codes.shape == (0, 2, 3) and dict(back.weight_offsets) == {}


def test_tensors_are_stored_as_they_are_shown_not_as_they_lie(tmp_path):
    whole = torch.arange(24.0).reshape(4, 2, 3).requires_grad_()
    save(types.Pivots(whole[::2].transpose(1, 2), {"w": whole[0].t()}), tmp_path)
    back = load(tmp_path)
    torch.testing.assert_close(back.codes, whole.detach()[::2].transpose(1, 2))
    torch.testing.assert_close(back.weight_offsets["w"], whole.detach()[0].t())
    assert not back.codes.requires_grad


def test_what_this_version_does_not_know_is_named(tmp_path):
    save(types.Pivots(torch.zeros(1, 2, 3)), tmp_path)
    path = tmp_path / "meta.json"
    path.write_text(path.read_text().replace("Pivots", "Hologram"))
    with pytest.raises(StorageError, match=r"holds a 'Hologram', which this version does not know; delete the folder"):
        load(tmp_path)
