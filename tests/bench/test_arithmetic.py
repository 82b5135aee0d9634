"""What a piece of work computes and moves, by hand."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from bench.arithmetic import Work


def work_of(run) -> Work:
    with Work() as work:
        run()
    return work


def test_a_convolution_by_hand() -> None:
    layer, image = nn.Conv2d(4, 6, 3, padding=1, bias=False), torch.ones(2, 4, 5, 5)
    work = work_of(lambda: layer(image))
    assert work.multiply_adds == 2 * 6 * 25 * 4 * 9
    assert work.moved == 4 * (2 * 4 * 25 + 6 * 4 * 9 + 2 * 6 * 25)


def test_groups_are_multiplied_with_their_own_channels_alone() -> None:
    layer, image = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False), torch.ones(1, 8, 6, 6, requires_grad=True)
    assert work_of(lambda: layer(image)).multiply_adds == 8 * 36 * 9
    assert work_of(lambda: layer(image).sum().backward()).multiply_adds == 3 * 8 * 36 * 9


def test_a_transposed_convolution_meets_every_element_of_its_input() -> None:
    layer, image = nn.ConvTranspose2d(4, 6, 3, stride=2, bias=False), torch.ones(1, 4, 5, 5, requires_grad=True)
    assert work_of(lambda: layer(image)).multiply_adds == 4 * 25 * 6 * 9
    assert work_of(lambda: layer(image).sum().backward()).multiply_adds == 3 * 4 * 25 * 6 * 9


def test_a_gradient_that_nobody_asks_for_costs_nothing() -> None:
    layer, image = nn.Conv2d(4, 6, 3, bias=False), torch.ones(1, 4, 5, 5)
    assert work_of(lambda: layer(image).sum().backward()).multiply_adds == 2 * 6 * 9 * 4 * 9


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (lambda: torch.ones(3, 4) @ torch.ones(4, 5), 60),
        (lambda: torch.ones(2, 3, 4) @ torch.ones(2, 4, 5), 120),
        (lambda: nn.functional.linear(torch.ones(3, 4), torch.ones(5, 4), torch.ones(5)), 60),
        (lambda: torch.ones(3, 4) * 2 + 1, 0),
    ],
)
def test_products_of_matrices(run, expected: int) -> None:
    assert work_of(run).multiply_adds == expected


def test_a_network_without_groups_counts_as_pytorch_counts_it() -> None:
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.Conv2d(8, 4, 1), nn.Flatten(), nn.Linear(196, 3)
    )
    image = torch.ones(2, 3, 16, 16)
    with FlopCounterMode(display=False) as theirs:
        network(image).square().sum().backward()
    ours = work_of(lambda: network(image).square().sum().backward())
    assert 2 * ours.multiply_adds == theirs.get_total_flops()


def test_bytes_count_each_tensor_once_for_each_operation_and_views_not_at_all() -> None:
    a, b = torch.ones(10), torch.ones(10)
    assert work_of(lambda: a + b).moved == 4 * 30
    assert work_of(lambda: a + a).moved == 4 * 20
    assert work_of(lambda: a.view(2, 5).t()[0]).moved == 0
    assert work_of(lambda: a.add_(b)).moved == 4 * 30
    assert work_of(lambda: torch.empty(10)).moved == 0
    assert work_of(lambda: a[:1].expand(1000) + 0.0).moved == 4 * (10 + 1000)
