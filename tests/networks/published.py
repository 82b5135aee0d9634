"""Numbers of the reference implementations (SPEC 13)."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from tests.golden.fill import fill_state_dict

GOLDEN = Path(__file__).parents[1] / "golden"


def golden(name: str) -> dict[str, torch.Tensor]:
    with np.load(GOLDEN / name) as file:
        return {key: torch.from_numpy(file[key]) for key in file.files if key != "meta"}


def filled(network: nn.Module, family: str) -> nn.Module:
    network.load_state_dict(fill_state_dict(network, family))
    return network.eval()


def assert_close(actual: torch.Tensor, expected: torch.Tensor) -> None:
    assert actual.shape == expected.shape
    assert (actual - expected).abs().max() <= 1e-4 * expected.abs().max()


def state_of(kind: type[nn.Module], manifest: str) -> tuple[list, list]:
    """Names, shapes and types of a network's state dict, and those of the published one."""
    expected = json.loads((GOLDEN / f"{manifest}.json").read_text())["state_dict"]
    with torch.device("meta"):
        state = kind().state_dict()
    return [[key, list(value.shape), str(value.dtype).removeprefix("torch.")] for key, value in state.items()], expected
