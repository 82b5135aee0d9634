"""A linear layer whose weights are scaled when it runs."""

import torch

from stitch_exp.networks.equal_linear import EqualLinear


def test_weights_are_divided_by_the_root_of_the_inputs() -> None:
    layer = EqualLinear(4, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[2.0, 2.0, 2.0, 2.0], [0.0, 0.0, 0.0, -6.0]]))
        layer.bias.copy_(torch.tensor([0.0, 1.0]))
    assert layer(torch.tensor([[1.0, 2.0, 3.0, 4.0]])).tolist() == [[10.0, -11.0]]
