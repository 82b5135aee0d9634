"""Of a clip only some faces are taught; what was made of all of them is cut, what was made of these alone is not."""

import numpy as np
import torch

from stitch_exp.faces.in_crops import crop_landmarks
from stitch_exp.lesson.choosing import chosen, part_of
from stitch_exp.pipeline import choice_of, num_chosen
from stitch_exp.types import AlignedClip, StitchedCrops, TunedGenerator

COUNT, SIDE = 7, 4
FACES = slice(0, 5, 2)


def numbered(*shape: int) -> np.ndarray:
    """Each face's stack holds its number."""
    return np.broadcast_to(np.arange(COUNT, dtype=np.uint8).reshape(-1, *[1] * len(shape)), (COUNT, *shape)).copy()


def stitched() -> StitchedCrops:
    crops, masks, numbers = numbered(SIDE, SIDE, 3), numbered(SIDE, SIDE), np.arange(COUNT, dtype=float)
    return StitchedCrops(crops, crops, masks, masks, numbers, numbers, numbers, np.arange(COUNT), edited_head=masks)


def test_what_was_made_of_all_faces_is_cut() -> None:
    part = part_of(stitched(), FACES, COUNT)
    assert part.edited_head is not None and part.source_hair is None
    assert part.crops[:, 0, 0, 0].tolist() == part.edited_head[:, 0, 0].tolist() == part.steps.tolist() == [0, 2, 4]


def test_what_was_made_of_these_alone_is_as_it_should_be() -> None:
    part = part_of(stitched(), FACES, COUNT)
    assert part_of(part, FACES, COUNT) is part


def test_chosen_faces_are_their_own_frames() -> None:
    matrices = np.tile(np.array([[1.0, 0, 3], [0, 1, 2], [0, 0, 1]]), (COUNT, 1, 1))
    landmarks = np.tile(np.arange(COUNT, dtype=float)[:, None, None], (1, 68, 2)) + 5
    crops = numbered(SIDE, SIDE, 3)
    aligned = AlignedClip(
        crops, np.arange(COUNT) + 9, matrices, np.zeros((COUNT, 4, 2)), landmarks, ("detected",) * COUNT
    )
    tuned = TunedGenerator({}, torch.arange(COUNT, dtype=torch.float32).view(-1, 1, 1), crops, np.zeros(0))
    faces, known = chosen(aligned, tuned, FACES)
    assert faces.frame_index.tolist() == [0, 1, 2] and faces.crops[:, 0, 0, 0].tolist() == [0, 2, 4]
    assert np.allclose(crop_landmarks(faces)[:, 0], [[2, 3], [4, 5], [6, 7]])
    assert known.pivots.flatten().tolist() == known.inversions[:, 0, 0, 0].tolist() == [0, 2, 4]


def test_another_choice_is_another_input() -> None:
    keys = {choice_of(faces).key for faces in (FACES, slice(0, 5, 1), slice(0, 7, 2), slice(5, 7, 1))}
    assert len(keys) == 4 and num_chosen(FACES) == 3 and num_chosen(slice(7, 7, 1)) == 0
