"""Latent Transformer and StyleCLIP's mapper against the reference implementations (SPEC 13)."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from stitch_exp.networks.latent_transformer import LatentTransformer
from stitch_exp.networks.styleclip_mapper import LevelsMapper
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


@pytest.mark.parametrize(
    ("manifest", "kind"),
    [
        ("latent_transformer", LatentTransformer),
        ("styleclip_levels_mapper", LevelsMapper),
    ],
)
def test_state_dict_is_the_public_one(manifest: str, kind: type[nn.Module]) -> None:
    expected = json.loads((GOLDEN / f"{manifest}.json").read_text())["state_dict"]
    with torch.device("meta"):
        state = kind().state_dict()
    found = [[key, list(value.shape), str(value.dtype).removeprefix("torch.")] for key, value in state.items()]
    assert found == expected


@torch.no_grad()
def test_latent_transformer() -> None:
    expected = golden("latent_transformer_small.npz")
    codes, alpha = expected["w"], expected["alpha"][:, None, None]
    moved = codes + alpha * filled(LatentTransformer(), "plain")(codes)
    assert_close(moved, expected["w_edit"])
    assert_close(torch.cat([moved[:, :11], codes[:, 11:]], dim=1), expected["w_edit_first11"])


@torch.no_grad()
def test_levels_mapper() -> None:
    expected = golden("styleclip_levels_mapper_small.npz")
    mapper = filled(LevelsMapper(levels=("course_mapping", "medium_mapping")), "mapper")
    step = mapper(expected["w"])
    assert_close(step, expected["delta"])
    assert (step[:, 8:] == 0).all()
    assert_close(expected["w"] + 0.1 * step, expected["w_edit"])
