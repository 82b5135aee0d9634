"""The live network, run by onnxruntime where it is installed and by torch elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8

from stitch_exp.errors import ConfigError
from stitch_exp.networks.live_files import INPUTS, MARK, OUTPUTS, LiveEdit, export_onnx, load_live, weights_mark
from stitch_exp.networks.live_unet import LiveUNet
from stitch_exp.ops.detail import DetailMap

Engine = Callable[[UInt8[np.ndarray, "S S 3"], float, Float[np.ndarray, "68 2"]], Float32[np.ndarray, "S S 3"]]
"""`engine(crop, share, landmarks)`: what is added to the crop, in levels of 255; landmarks in its pixel indices."""
_Network = Callable[[np.ndarray, float, np.ndarray], np.ndarray]
log = logging.getLogger(__name__)
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider", "openvino": "OpenVINOExecutionProvider"}


def engine_of(weights: Path, provider: str = "cpu", threads: int = 1) -> tuple[Engine, LiveEdit, str]:
    """The network of a file.

    Args:
        weights: `live.safetensors`; where onnxruntime is installed it runs `live.onnx` beside it, which is made
            anew when it is missing, damaged, or of other weights.
        provider: Where onnxruntime works, one of `PROVIDERS`; torch works on the CPU.
        threads: Of the network; the other cores track and compose meanwhile.

    Returns:
        The engine, what it was trained for, and who computes.

    Raises:
        WeightsError: The file is missing or damaged.
        ConfigError: A provider that this onnxruntime lacks.
    """
    network, edit, detail = load_live(weights)
    try:
        import onnxruntime

        run = _by_onnxruntime(onnxruntime, _Export(network, edit.side, weights.with_suffix(".onnx")), provider, threads)
        return _detailed(run, detail), edit, f"onnxruntime, {provider}"
    except (ImportError, _NoExport) as error:
        if provider != "cpu":
            fix = "run `pip install 'stitch-exp[live]'`, then stitch-exp-distill once more"
            raise ConfigError(f"--provider {provider} needs onnxruntime and an exported network: {fix}") from error
        if isinstance(error, _NoExport):
            log.warning("torch runs the network: %s", error)
    return _detailed(_by_torch(network), detail), edit, "torch, cpu"


def _detailed(network: _Network, detail: DetailMap) -> Engine:
    """The network with its map, which follows the landmarks."""

    def run(crop: np.ndarray, share: float, landmarks: np.ndarray) -> np.ndarray:
        bent = cv2.dnn.blobFromImage(detail.at(crop, landmarks, share), 1 / 127.5)
        colour = network(cv2.dnn.blobFromImage(crop, 1 / 127.5, mean=(127.5, 127.5, 127.5)), share, bent)
        return cv2.merge(list(colour[0] * np.float32(127.5)))

    return run


def _by_torch(network: LiveUNet) -> _Network:
    network.requires_grad_(False).to(memory_format=torch.channels_last)

    def run(planes: np.ndarray, share: float, detail: np.ndarray) -> np.ndarray:
        strength = torch.tensor([share], dtype=torch.float32)
        with torch.inference_mode():
            return network(torch.from_numpy(planes), strength, torch.from_numpy(detail)).colour.numpy()

    return run


class _NoExport(Exception):
    """There is no ONNX file of the weights, and none can be made."""


class _Export(NamedTuple):
    """An ONNX file and the network it should hold."""

    network: LiveUNet
    side: int
    path: Path

    def make(self) -> None:
        """Write it.

        Raises:
            _NoExport: `onnx` is not installed, or the folder cannot be written.
        """
        try:
            export_onnx(self.network, self.side, self.path)
        except (ConfigError, OSError) as error:
            raise _NoExport(f"{self.path.name} is missing or of other weights, and cannot be made ({error})") from error


def _by_onnxruntime(runtime: Any, export: _Export, provider: str, threads: int) -> _Network:
    wanted = PROVIDERS[provider]
    if wanted not in runtime.get_available_providers():
        raise ConfigError(f"this onnxruntime has no {wanted}: install a build that has, or leave --provider out")
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    session = _opened(runtime, export, options, wanted)
    if session is None:
        export.make()
        session = _opened(runtime, export, options, wanted)
        assert session is not None, "an export is of the weights it was made from"

    def run(planes: np.ndarray, share: float, detail: np.ndarray) -> np.ndarray:
        given = dict(zip(INPUTS, (planes, np.array([share], np.float32), detail), strict=True))
        return session.run([OUTPUTS[0]], given)[0]

    return run


def _opened(runtime: Any, export: _Export, options: Any, provider: str) -> Any:
    """The session; None where the file is missing, damaged, or was made from other weights."""
    if not export.path.is_file():
        return None
    try:
        session = runtime.InferenceSession(str(export.path), options, providers=[provider])
    except Exception:  # onnxruntime raises classes of its own for every kind of damage
        return None
    marked = session.get_modelmeta().custom_metadata_map.get(MARK)
    return session if marked == weights_mark(export.network) else None
