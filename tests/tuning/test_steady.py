"""Codes smoothed in time, never across a cut or a gap."""

import numpy as np
import torch

from stitch_exp.tuning.steady import steadied
from stitch_exp.types import AlignedClip


def aligned(frames: list[int], cuts: tuple[int, ...] = ()) -> AlignedClip:
    count, length = len(frames), max(frames) + 1
    return AlignedClip(
        crops=np.zeros((count, 1, 1, 3), np.uint8),
        frame_index=np.array(frames),
        frame_from_crop=np.tile(np.eye(3), (count, 1, 1)),
        quads=np.zeros((count, 4, 2)),
        landmarks=np.zeros((count, 68, 2)),
        status=tuple("detected" if frame in frames else "missing" for frame in range(length)),
        cuts=cuts,
    )


STEP = torch.tensor([0.0, 0.0, 1.0, 1.0])[:, None, None].expand(4, 2, 3)


def test_a_step_is_smoothed_evenly() -> None:
    found = steadied(STEP, aligned([0, 1, 2, 3]), 0.8)[:, 0, 0]
    assert 0 < found[1] < 0.5 < found[2] < 1
    torch.testing.assert_close(found + found.flip(0), torch.ones(4))


def test_a_cut_and_a_gap_keep_what_stands_before_and_after_them_apart() -> None:
    torch.testing.assert_close(steadied(STEP, aligned([0, 1, 2, 3], cuts=(2,)), 0.8), STEP)
    torch.testing.assert_close(steadied(STEP, aligned([0, 1, 5, 6]), 0.8), STEP)


def test_no_width_changes_nothing() -> None:
    assert steadied(STEP, aligned([0, 1, 2, 3]), 0.0) is STEP


def test_pivots_are_smoothed_within_shots_only() -> None:
    """Frames 0 to 3, a gap at 4, frames 5 to 8 with a cut before 7."""
    frames = np.array([0, 1, 2, 3, 5, 6, 7, 8])
    aligned = AlignedClip(
        crops=np.zeros((8, 4, 4, 3), dtype=np.uint8),
        frame_index=frames,
        frame_from_crop=np.tile(np.eye(3), (8, 1, 1)),
        quads=np.zeros((8, 4, 2)),
        landmarks=np.zeros((8, 68, 2)),
        status=("detected",) * 4 + ("missing",) + ("detected",) * 4,
        cuts=(7,),
    )
    values = torch.tensor([0.0, 4.0, 0.0, 4.0, 100.0, 100.0, -100.0, -100.0])
    codes = values[:, None, None].expand(-1, 2, 3).contiguous()
    found = steadied(codes, aligned, 1.0)
    assert torch.equal(found[4:], codes[4:])
    assert float(found[:4].std(dim=0).max()) < 0.5 * float(codes[:4].std(dim=0).max())
    torch.testing.assert_close(found[:4].mean(dim=0), torch.full((2, 3), 2.0), rtol=0.1, atol=0)
    assert steadied(codes, aligned, 0.0) is codes
