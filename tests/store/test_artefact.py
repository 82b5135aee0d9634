"""An artefact on the disk: what is saved comes back."""

from dataclasses import fields

import numpy as np
import pytest
import torch

from stitch_exp import types
from stitch_exp.store.artefact import load, save


def stitched(work: types.Workspace, count: int = 3) -> types.StitchedCrops:
    crops = work.allocate("crops", (count, 4, 4, 3))
    crops[:] = 7
    zeros = np.zeros(count, np.float32)
    return types.StitchedCrops(
        crops=crops,
        edited=np.full((count, 4, 4, 3), 9, np.uint8),
        masks=np.zeros((count, 4, 4), np.uint8),
        foreground=np.zeros((count, 4, 4), np.uint8),
        border_before=zeros,
        border_after=zeros,
        leak=zeros,
        steps=np.arange(count),
    )


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
