"""What a result was made from: enough to make it again, and to tell that it was edited."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

import stitch_exp
from stitch_exp.config.schema import PROJECT
from stitch_exp.host.hardware import multiplies_bfloat16

PACKAGES = (
    "torch",
    "torchvision",
    "pytorch-lightning",
    "hydra-core",
    "mediapipe",
    "dlib-bin",
    "opencv-python-headless",
    "av",
    "numpy",
    "lpips",
    "facenet-pytorch",
    "wandb",
)

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def describe(
    clip_name: str, clip_digest: str, weight_files: dict[str, str], seed: int, command: list[str], device: torch.device
) -> dict[str, Any]:
    """The content of `provenance.json`.

    Args:
        clip_name: Name of the source clip.
        clip_digest: Hash of the source's content and frame range.
        weight_files: Config key to SHA-256 of each weight file used.
        seed: The seed all random generators started from.
        command: The overrides as typed.
        device: Where networks ran; whether it multiplies bfloat16 says what `native` precision was.
    """
    return {
        "made_with": f"stitch-exp {stitch_exp.__version__}",
        "commit": _commit(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "digital_source_type": SOURCE_TYPE,
        "command": command,
        "seed": seed,
        "input": {"name": clip_name, "digest": clip_digest},
        "weights_sha256": weight_files,
        "versions": {name: _version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "device": str(device),
            "bfloat16": multiplies_bfloat16(device),
        },
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    if not (PROJECT / ".git").exists():
        return None
    command = ["git", "-C", str(PROJECT), "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
