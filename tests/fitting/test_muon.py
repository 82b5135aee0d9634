"""Orthogonalised updates: what they do to kernels, to the rest, and across a stop."""

import copy

import torch
from torch import nn

from stitch_exp.fitting.muon import ROWS, Muon, orthogonal


def test_singular_values_go_to_one_and_directions_stay() -> None:
    torch.manual_seed(0)
    for shape in ((12, 40), (40, 12)):
        matrix = torch.randn(shape)
        values = torch.linalg.svdvals(orthogonal(matrix))
        assert values.min() > 0.6 and values.max() < 1.3
        left, _, right = torch.linalg.svd(matrix, full_matrices=False)
        middle = left.T @ orthogonal(matrix) @ right.T
        assert torch.allclose(middle, middle.diag().diag(), atol=1e-3)


def test_zero_stays_zero() -> None:
    assert torch.equal(orthogonal(torch.zeros(3, 5)), torch.zeros(3, 5))


def test_column_order_does_not_matter() -> None:
    matrix, order = torch.randn(6, 18), torch.randperm(18)
    assert torch.allclose(orthogonal(matrix[:, order]), orthogonal(matrix)[:, order], atol=1e-4)


def test_kernel_step_has_the_given_spectral_norm_in_any_memory_layout() -> None:
    torch.manual_seed(1)
    gradient = torch.randn(8, 16, 3, 3)
    moved = []
    for layout in (torch.contiguous_format, torch.channels_last):
        kernel = nn.Parameter(torch.zeros(8, 16, 3, 3).to(memory_format=layout))
        kernel.grad = gradient.to(memory_format=layout)
        Muon([kernel], kernel_rate=0.1, learning_rate=1.0).step()
        moved.append(kernel.detach().flatten(1))
    assert torch.allclose(moved[0], moved[1], atol=1e-5)
    assert 0.06 < torch.linalg.matrix_norm(moved[0], 2) < 0.13


def test_rows_of_a_wide_kernel_are_orthogonal_block_by_block() -> None:
    torch.manual_seed(4)
    kernel = nn.Parameter(torch.zeros(ROWS + 40, 32, 3, 3))
    kernel.grad = torch.randn_like(kernel)
    kernel.grad[ROWS:] = kernel.grad[:40]
    Muon([kernel], kernel_rate=1.0, learning_rate=1.0).step()
    first, second = kernel.detach().flatten(1).split(ROWS)
    for block in (first, second):
        values = torch.linalg.svdvals(block)
        assert values.min() > 0.6 and values.max() < 1.3
    # The same gradient in two blocks is not pulled apart.
    assert torch.nn.functional.cosine_similarity(first[:40], second).min() > 0.8


def test_everything_else_moves_as_with_adam() -> None:
    torch.manual_seed(2)
    ours, theirs = (nn.Parameter(torch.ones(3, 4)) for _ in range(2))
    muon = Muon([ours], kernel_rate=9.0, learning_rate=0.05)
    adam = torch.optim.Adam([theirs], lr=0.05, betas=(0.9, 0.99))
    for _ in range(5):
        ours.grad = theirs.grad = torch.randn(3, 4)
        muon.step()
        adam.step()
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_state_is_saved_whole() -> None:
    torch.manual_seed(3)
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 1))
    gradients = [[torch.randn_like(p) for p in network.parameters()] for _ in range(4)]

    def advance(net: nn.Module, optimiser: Muon, steps: list[list[torch.Tensor]]) -> None:
        for step in steps:
            for parameter, gradient in zip(net.parameters(), step, strict=True):
                parameter.grad = gradient.clone()
            optimiser.step()

    unbroken = Muon(network.parameters(), kernel_rate=0.1, learning_rate=1e-2)
    advance(network, unbroken, gradients[:2])
    resumed = copy.deepcopy(network)
    other = Muon(resumed.parameters(), kernel_rate=0.1, learning_rate=1e-2)
    other.load_state_dict(copy.deepcopy(unbroken.state_dict()))
    advance(network, unbroken, gradients[2:])
    advance(resumed, other, gradients[2:])
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), resumed.parameters(), strict=True))
