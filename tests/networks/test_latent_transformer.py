"""The Latent Transformer: one linear map a row."""

import pytest
import torch

from stitch_exp.networks.latent_transformer import LatentTransformer
from tests.networks.published import assert_close, filled, golden, state_of


def test_state_dict_is_the_public_one() -> None:
    found, expected = state_of(LatentTransformer, "latent_transformer")
    assert found == expected


@torch.no_grad()
def test_latent_transformer() -> None:
    expected = golden("latent_transformer_small.npz")
    codes, alpha = expected["w"], expected["alpha"][:, None, None]
    moved = codes + alpha * filled(LatentTransformer(), "plain")(codes)
    assert_close(moved, expected["w_edit"])
    assert_close(torch.cat([moved[:, :11], codes[:, 11:]], dim=1), expected["w_edit_first11"])


def test_each_row_is_moved_by_its_own_layer_alone() -> None:
    torch.manual_seed(0)
    network = LatentTransformer(num_ws=3, w_dim=4)
    codes = torch.randn(2, 3, 4)
    other = codes.clone()
    other[:, 1] += 1
    moved = (network(other) - network(codes)).abs().sum(dim=(0, 2)) > 0
    assert moved.tolist() == [False, True, False] and network.num_ws == 3
    layer = network.dense[1]
    expected = codes[:, 1] @ layer.weight.T / 2 + layer.bias
    torch.testing.assert_close(network(codes)[:, 1], expected)


def test_codes_of_another_generator_are_no_silent_cut() -> None:
    with pytest.raises(ValueError, match="argument 2 is"):
        LatentTransformer(num_ws=3, w_dim=4)(torch.zeros(1, 4, 4))
