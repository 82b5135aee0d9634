"""Whether a tuning lost the face: a judgement on four pixels."""

import numpy as np
import pytest
import torch

from stitch_exp.errors import DivergenceError
from stitch_exp.tuning.sanity import Beginning

BLACK = np.zeros((4, 2, 2, 3), np.uint8)


def begun(l2: float) -> Beginning:
    beginning = Beginning()
    for faces, error in (([1, 2], l2), ([0, 3], 99.0)):
        outputs = {"l2": torch.tensor(error, requires_grad=True)}
        beginning.on_train_batch_end(None, None, outputs, torch.tensor(faces), 0)
    return beginning


def test_the_first_batch_is_remembered_and_comes_back_from_a_checkpoint() -> None:
    again = Beginning()
    again.load_state_dict(begun(0.5).state_dict())
    assert again.faces == [1, 2] and again.l2 == 0.5


def test_a_close_rendering_passes_whatever_it_was_before() -> None:
    begun(0.001).check(BLACK, BLACK + np.uint8(18))  # (18 / 127.5) squared is 0.0199


def test_a_rendering_that_went_away_is_refused_with_both_errors() -> None:
    with pytest.raises(DivergenceError, match=r"face 1 was 0.001 before and is 0.0222; lower"):
        begun(0.001).check(BLACK, BLACK + np.uint8(19))


def test_half_as_bad_again_is_the_limit() -> None:
    begun(0.1).check(BLACK, BLACK + np.uint8(49))  # 0.1477
    with pytest.raises(DivergenceError):
        begun(0.1).check(BLACK, BLACK + np.uint8(50))  # 0.1538


def test_only_the_remembered_faces_count() -> None:
    inversions = BLACK.copy()
    inversions[[0, 3]] = 255
    begun(0.001).check(BLACK, inversions)
    Beginning().check(BLACK, inversions)
