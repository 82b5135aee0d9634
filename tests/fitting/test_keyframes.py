"""Frames that stand for a clip, on a line of four codes."""

import numpy as np
import pytest
import torch

from stitch_exp.fitting.keyframes import keyframes

CODES = torch.tensor([0.0, 1.0, 10.0, 4.0])[:, None, None]


@pytest.mark.parametrize(
    ("count", "chosen"),
    [(1, [3]), (2, [2, 3]), (3, [0, 2, 3]), (4, [0, 1, 2, 3]), (9, [0, 1, 2, 3]), (None, [0, 1, 2, 3])],
)
def test_the_middle_comes_first_and_then_what_is_farthest(count: int | None, chosen: list[int]) -> None:
    assert keyframes(CODES, count) == chosen


def test_keyframes_find_every_pose() -> None:
    poses = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    clip = poses.repeat_interleave(5, 0) + 0.1 * torch.randn(15, 2)
    assert {frame // 5 for frame in keyframes(clip, 3)} == {0, 1, 2}


@pytest.mark.parametrize("count", [None, 4, 9])
def test_keyframes_are_distinct_and_ordered(count: int | None) -> None:
    chosen = keyframes(torch.zeros(6, 2), count)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(count or 6, 6)


def test_each_next_frame_is_the_farthest_of_all_by_brute_force() -> None:
    torch.manual_seed(0)
    clip = torch.randn(12, 3, 4)
    points = clip.flatten(1).double().numpy()
    order = [int(np.linalg.norm(points - points.mean(axis=0), axis=1).argmin())]
    for _ in range(5):
        gaps = np.linalg.norm(points[:, None] - points[order], axis=2).min(axis=1)
        order.append(int(gaps.argmax()))
        assert keyframes(clip, len(order)) == sorted(order)


def test_one_frame_stands_for_itself() -> None:
    assert keyframes(torch.zeros(1, 2, 3), 1) == keyframes(torch.zeros(1, 2, 3), None) == [0]


def test_moving_or_stretching_all_codes_changes_nothing() -> None:
    torch.manual_seed(1)
    clip = torch.randn(10, 4)
    assert keyframes(clip, 4) == keyframes(7 * clip + 3, 4)


@pytest.mark.parametrize(("levels", "count"), [([0, 0, 0, 0], 3), ([0, 0, 5, 5, 5], 4), ([1, 1, 1, 2], 2)])
def test_frames_of_one_code_are_taken_once_each(levels: list[int], count: int) -> None:
    """Frames that are shown twice have one code: every other one is as far from it as itself."""
    chosen = keyframes(torch.tensor(levels, dtype=torch.float32)[:, None], count)
    assert len(set(chosen)) == count and {levels[frame] for frame in chosen} == set(levels)
