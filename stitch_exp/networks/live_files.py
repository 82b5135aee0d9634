"""The live network as a file: safetensors for torch, ONNX for onnxruntime."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from safetensors.torch import save_file
from torch import Tensor, nn

from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.host.whole import written_whole
from stitch_exp.networks.live_unet import LiveUNet
from stitch_exp.ops.detail import DetailMap
from stitch_exp.ops.look import SIDE, Look
from stitch_exp.weights.filling import fill, finite
from stitch_exp.weights.reading import read_tensors

KIND = "live"
INPUTS, OUTPUTS = ("crops", "strength", "detail"), ("colour", "mask")
_OPSET = 18
_HOME, _FACES = "detail.home", "detail.faces"
_COLOURS, _SHARES = "detail.colours", "detail.shares"
_LOOK, _BRIGHTNESS, _TOLERANCE = "detail.look.home", "detail.look.brightness", "detail.look.tolerance"
MARK = "weights"
"""Under this name the metadata of an exported file hold `weights_mark`."""


@dataclass(frozen=True, slots=True)
class LiveEdit:
    """What a live network was trained for.

    Args:
        side: Side of its crops in px.
        terms: Strength of each edit at strength 1 of the network.
        scale: How large a crop shows the face, as `aligner.scale`.
    """

    side: int
    terms: Mapping[str, float]
    scale: float = 1.0


class LiveModel(NamedTuple):
    """All that `live` needs of an edit."""

    network: LiveUNet
    edit: LiveEdit
    detail: DetailMap


def save_live(model: LiveModel, path: Path) -> None:
    """Write a network, its detail map and what it was trained for as safetensors."""
    network, edit, detail = model
    notes = {
        "kind": KIND,
        "config": json.dumps({"widths": network.widths, "depths": network.depths}),
        "edit": json.dumps({"side": edit.side, "terms": dict(edit.terms), "scale": edit.scale}),
    }
    tensors = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    tensors[_HOME] = torch.from_numpy(np.array(detail.home, np.float64))
    tensors[_FACES] = torch.from_numpy(np.array(detail.faces, np.float64))
    tensors[_SHARES] = torch.tensor([float(share) for share in detail.shares], dtype=torch.float64)
    tensors[_COLOURS] = torch.from_numpy(detail.colours.astype(np.float16))
    tensors[_LOOK] = torch.from_numpy(np.array(detail.look.home, np.float64))
    tensors[_BRIGHTNESS] = torch.from_numpy(detail.look.brightness.astype(np.float16))
    tensors[_TOLERANCE] = torch.from_numpy(detail.look.tolerance.astype(np.float16))
    save_file(tensors, path, notes)


def load_live(path: Path | str) -> LiveModel:
    """Read what `save_live` wrote; the network is on the CPU, in evaluation mode.

    Raises:
        WeightsError: The file is missing, damaged, or holds something else.
    """
    tensors, notes = read_tensors(path)
    if notes.get("kind") != KIND:
        raise WeightsError(f"'{path}' holds no live network; make one with stitch-exp-distill RUN")
    names = (_HOME, _FACES, _COLOURS, _SHARES, _LOOK, _BRIGHTNESS, _TOLERANCE)
    if any(name not in tensors for name in names):
        raise WeightsError(f"'{path}' has no detail map of several faces, as older ones; run stitch-exp-distill anew")
    parts = [finite("detail", tensors.pop(name), path).numpy() for name in names]
    network = fill(LiveUNet, notes["config"], tensors, path)
    edit = _edit(notes.get("edit"), network, path)
    return LiveModel(network, edit, _detail(parts, edit, path))


def _detail(parts: Sequence[np.ndarray], edit: LiveEdit, path: Path | str) -> DetailMap:
    home, faces, colours, shares, look_home, brightness, tolerance = parts
    maps = (len(shares), len(faces), edit.side, edit.side, 3)
    wanted = (68, 2), (len(faces), 68, 2), maps, (68, 2), (SIDE, SIDE), (SIDE, SIDE)
    if not len(shares) or not len(faces) or tuple(part.shape for part in (*parts[:3], *parts[4:])) != wanted:
        raise WeightsError(f"'{path}' has a detail map of another shape than its crops of {edit.side} px; make it anew")
    if any(len(np.unique(points.round(3), axis=0)) < 68 for points in (home, look_home)) or tolerance.min() <= 0:
        raise WeightsError(f"'{path}' has a detail map whose landmarks coincide or that trusts nothing; make it anew")
    look = Look(look_home.astype(np.float64), brightness, tolerance)
    return DetailMap(home.astype(np.float64), faces.astype(np.float64), colours, tuple(shares.tolist()), look)


def _edit(notes: Any, network: LiveUNet, path: Path | str) -> LiveEdit:
    try:
        side, scale = int(notes["side"]), float(notes["scale"])
        terms = {str(name): float(value) for name, value in notes["terms"].items()}
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise WeightsError(f"'{path}' does not say what its network was trained for ({error}); make it anew") from None
    if side < network.multiple or side % network.multiple or not 0 < scale < 100:
        raise WeightsError(f"'{path}' names crops of {side} px at scale {scale:g}, which its network cannot take")
    return LiveEdit(side, terms, scale)


def weights_mark(network: LiveUNet) -> str:
    """A digest of the weights, which an exported file carries: it tells whether the file is of these weights."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


class _Plain(nn.Module):
    """The network with the plain tuple that ONNX knows."""

    def __init__(self, network: LiveUNet) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, crops: Float[Tensor, "B 3 S S"], strength: Float[Tensor, " B"], detail: Float[Tensor, "B 4 S S"]
    ) -> tuple[Tensor, Tensor]:
        change = self.network(crops, strength, detail)
        return change.colour, change.mask


def export_onnx(network: LiveUNet, side: int, path: Path) -> None:
    """Write the network as ONNX for one crop of this side: inputs `crops`, `strength`, `detail`, outputs `colour`,
    `mask`.

    Its metadata name the weights it is of (`weights_mark`).

    Raises:
        ConfigError: The package `onnx` is not installed.
    """
    try:
        import onnx
    except ImportError:
        raise ConfigError("exporting needs onnx: run `pip install 'stitch-exp[live]'`") from None
    example = (torch.zeros(1, 3, side, side), torch.ones(1), torch.zeros(1, 4, side, side))
    with written_whole(path) as unfinished, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer notes that sides become constants, which is intended
        torch.onnx.export(
            _Plain(network).eval(), example, unfinished, input_names=list(INPUTS), output_names=list(OUTPUTS),
            opset_version=_OPSET, dynamo=False,
        )  # fmt: skip
        model = onnx.load_from_string(unfinished.read_bytes())
        onnx.helper.set_model_props(model, {MARK: weights_mark(network)})
        unfinished.write_bytes(model.SerializeToString())
