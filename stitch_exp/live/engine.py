"""The live network, run by onnxruntime where it is installed and by torch elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import Float32, UInt8

from stitch_exp.errors import ConfigError
from stitch_exp.networks.live_files import INPUTS, OUTPUTS, LiveEdit, load_live

Engine = Callable[[UInt8[np.ndarray, "S S 3"], float], Float32[np.ndarray, "S S 3"]]
"""`engine(crop, share)`: what is added to the crop, in levels of 255."""
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider", "openvino": "OpenVINOExecutionProvider"}


def engine_of(weights: Path, provider: str = "cpu", threads: int = 1) -> tuple[Engine, LiveEdit, str]:
    """The network of a file.

    Args:
        weights: `live.safetensors`; `live.onnx` beside it is taken where onnxruntime is installed.
        provider: Where onnxruntime works, one of `PROVIDERS`; torch works on the CPU.
        threads: Of the network; the other cores track and compose meanwhile.

    Returns:
        The engine, what it was trained for, and who computes.

    Raises:
        WeightsError: The file is missing or damaged.
        ConfigError: A provider that this onnxruntime lacks.
    """
    network, edit = load_live(weights)
    exported = weights.with_suffix(".onnx")
    if exported.is_file():
        try:
            import onnxruntime
        except ImportError:
            onnxruntime = None
        if onnxruntime is not None:
            return _by_onnxruntime(onnxruntime, exported, provider, threads), edit, f"onnxruntime, {provider}"
    if provider != "cpu":
        fix = "run `pip install 'stitch-exp[live]'`, then stitch-exp-distill once more"
        raise ConfigError(f"--provider {provider} needs onnxruntime and {exported.name}: {fix}")
    network.requires_grad_(False).to(memory_format=torch.channels_last)

    def run(crop: np.ndarray, share: float) -> np.ndarray:
        with torch.inference_mode():
            colour = network(torch.from_numpy(_planes(crop)), torch.tensor([share], dtype=torch.float32)).colour
        return _levels(colour.numpy())

    return run, edit, "torch, cpu"


def _by_onnxruntime(runtime: Any, path: Path, provider: str, threads: int) -> Engine:
    wanted = PROVIDERS[provider]
    if wanted not in runtime.get_available_providers():
        raise ConfigError(f"this onnxruntime has no {wanted}: install a build that has, or leave --provider out")
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = runtime.InferenceSession(str(path), options, providers=[wanted])

    def run(crop: np.ndarray, share: float) -> np.ndarray:
        given = {INPUTS[0]: _planes(crop), INPUTS[1]: np.array([share], np.float32)}
        return _levels(session.run([OUTPUTS[0]], given)[0])

    return run


def _planes(crop: UInt8[np.ndarray, "S S 3"]) -> Float32[np.ndarray, "1 3 S S"]:
    return cv2.dnn.blobFromImage(crop, 1 / 127.5, mean=(127.5, 127.5, 127.5))


def _levels(colour: Float32[np.ndarray, "1 3 S S"]) -> Float32[np.ndarray, "S S 3"]:
    return cv2.merge(list(colour[0] * np.float32(127.5)))
