"""Distillation: pairs are what the composite makes, views keep the edit, and the network learns it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from stitch_exp.composite import Delta
from stitch_exp.distill import Distillation, Pairing
from stitch_exp.distill.camera import Camera
from stitch_exp.distill.detail import learned_detail
from stitch_exp.distill.examples import Examples
from stitch_exp.distill.imagination import Imagination
from stitch_exp.distill.lessons import Lessons
from stitch_exp.distill.objective import Weights, small_motions
from stitch_exp.errors import DataError, SettingsError
from stitch_exp.perceptual.pyramid import Pyramid
from stitch_exp.types import AlignedClip, EditPairs, StitchedCrops, TunedGenerator, Workspace
from tests.distill.test_learned_detail import some
from tests.small_clip import CPU, Notes, cpu_trainer

SIDE = 32
STILL = Camera(
    shift=0.0, turn=0.0, zoom=0.0, light=0.0, tint=0.0, blur=0.0, noise=0.0, compressed=0.0, covered=0.0,
    tremble=0.0,
)  # fmt: skip
SHARES = np.array([0.5, 1.0])
WEIGHTS = Weights(gradient=0.5, perceptual=0.1, mask=0.1, steady=0.2)


def faces(count: int) -> np.ndarray:
    """Smooth random pictures."""
    chance = np.random.default_rng(0)
    coarse = torch.from_numpy(chance.uniform(60, 180, (count, 3, 4, 4)))
    fine = torch.nn.functional.interpolate(coarse, size=SIDE, mode="bicubic").clamp(0, 255)
    return fine.permute(0, 2, 3, 1).numpy().astype(np.uint8)


def landmarks(count: int) -> np.ndarray:
    """The same face in every crop."""
    return np.tile(np.random.default_rng(2).uniform(0.25 * SIDE, 0.75 * SIDE, (68, 2)), (count, 1, 1))


def disc() -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    return (255 * (rows**2 + columns**2 < 10**2)).astype(np.uint8)


def flatter(count: int = 6) -> EditPairs:
    """An edit that takes contrast from everything it sees, twice as much at twice the strength."""
    sources = faces(count)
    targets = np.stack([sources + share * (120.0 - sources) for share in (0.3, 0.6)]).astype(np.uint8)
    return EditPairs(sources, targets, np.full((count, SIDE, SIDE), 255, np.uint8), SHARES, landmarks(count))


def brighter(count: int = 6) -> EditPairs:
    """An edit that makes a disc brighter, twice as much at twice the strength."""
    sources, inside = faces(count), (disc() > 0)[..., None]
    targets = np.stack([np.where(inside, sources + step, sources) for step in (20, 40)]).astype(np.uint8)
    return EditPairs(sources, targets, np.repeat(disc()[None], count, 0), SHARES, landmarks(count))


NOTHING = EditPairs(
    faces(0), np.stack([faces(0), faces(0)]), np.zeros((0, SIDE, SIDE), np.uint8), SHARES, np.zeros((0, 68, 2))
)


def examples_of(pairs: EditPairs, num_frames: int, camera: Camera, count: int, seed: int) -> Examples:
    """Views of the first so many pairs."""
    lessons = Lessons(pairs, range(num_frames), NOTHING)
    return Examples(lessons, learned_detail(lessons, 2), camera, count, seed)


def stage(**changes: object) -> Distillation:
    settings = {
        "shares": [0.5, 1.0], "most_px": SIDE, "widths": [12, 16], "depths": [1, 1], "num_updates": 90, "batch_size": 4,
        "learning_rate": 0.01, "sheets": 2, "imagination": Imagination(count=0, mouth=None, spreads={}, seed=0),
        "most_frames": 40, "held_out": 0.0, "weights": WEIGHTS, "camera": STILL, "seed": 0, "channels_last": False,
        "perceptual": Pyramid(num_levels=2, resize_px=None), "trainer": cpu_trainer, "device": CPU,
    }  # fmt: skip
    return Distillation(**(settings | changes))


def test_pairs_are_what_the_composite_makes_of_the_frame() -> None:
    crops, inside = faces(3), (disc() > 0)[..., None]
    quads = np.tile(np.array([[7, 5], [7, 37], [39, 37], [39, 5]], float) - 0.5, (3, 1, 1))
    matrix = np.array([[1.0, 0, 7], [0, 1, 5], [0, 0, 1]])
    aligned = AlignedClip(
        crops, np.array([0, 2, 3]), np.tile(matrix, (3, 1, 1)), quads, np.full((3, 68, 2), 20.0), ("detected",) * 4
    )
    tuned = TunedGenerator({}, torch.zeros(3, 1, 1), crops, np.zeros(0))
    edited = np.where(inside, crops + 30, crops).astype(np.uint8)
    masks, none = np.repeat(disc()[None], 3, 0), np.zeros(3)
    stitched = StitchedCrops(edited, edited, masks, masks, none, none, none, np.zeros(3, int))
    delta = Delta(
        change="edited",
        feather_px=0.0,
        edge_fade=0.0,
        largest_motion=0.0,
        keep_missed=False,
        keep_in_front=False,
        keep_skin_colour=False,
        paste_from=None,
        paste_above=96.0,
    )
    pairs = Pairing(delta, [0.5, 1.0], SIDE)(aligned, tuned, [stitched, stitched], Workspace())
    assert np.array_equal(pairs.sources, crops)
    assert np.array_equal(pairs.targets[1], edited)
    assert np.array_equal(pairs.masks, masks)
    assert np.allclose(pairs.landmarks, np.array([20.0 - 7, 20.0 - 5]))
    small = Pairing(delta, [1.0], 16)(aligned, tuned, [stitched], Workspace())
    assert small.targets.shape == (1, 3, 16, 16, 3)
    none = Pairing(delta, [1.0], 16).nothing(aligned)
    assert none.targets.shape == (1, 0, 16, 16, 3) and len(none.landmarks) == 0
    assert np.allclose(small.landmarks, np.array([13.5 / 2 - 0.5, 15.5 / 2 - 0.5]))


def test_a_camera_that_stands_still_shows_the_pair_itself() -> None:
    pairs = brighter()
    shown = examples_of(pairs, 6, STILL, 50, 0)[3]
    assert torch.equal(shown.filmed, shown.clean)
    step = 127.5 * float(shown.change.max())
    assert step == pytest.approx(20 if float(shown.share) == 0.5 else 40, abs=0.01)
    assert torch.equal((shown.change.amax(0) > 0), shown.mask[0] > 0)
    drawn = shown.detail[:3]  # as bright as the frame is, beside the others
    assert torch.allclose(drawn / drawn.max(), shown.change / shown.change.max(), atol=1e-3)


def test_views_differ_and_can_be_drawn_again() -> None:
    moving = replace(STILL, shift=0.05, light=0.2, noise=8.0, compressed=1.0, blur=2.0, turn=3.0)
    pairs = brighter()
    examples = examples_of(pairs, 6, moving, 50, 0)
    assert torch.equal(examples[4].filmed, examples[4].filmed)
    assert not torch.equal(examples[4].filmed, examples[5].filmed)
    assert (examples[4].filmed - examples[4].clean).abs().max() > 0.02
    # Under any light the change stays in proportion to what is lit: it has one sign here.
    assert all(float(examples[i].change.min()) > -0.02 for i in range(10))


def test_the_map_moves_with_the_view() -> None:
    pairs = brighter()
    examples = examples_of(pairs, 6, replace(STILL, shift=0.06), 40, 0)
    apart = [float((one.detail[:3] * one.share - one.change).abs().mean()) for one in (examples[i] for i in range(10))]
    still = examples_of(pairs, 6, STILL, 40, 0)
    unmoved = [float((still[i].detail[:3] * still[i].share - examples[i].change).abs().mean()) for i in range(10)]
    assert np.mean(apart) < 0.4 * np.mean(unmoved)


def test_only_the_first_frames_are_learned_from() -> None:
    pairs = brighter()
    examples = examples_of(pairs, 2, STILL, 40, 1)
    known = [torch.from_numpy(frame).permute(2, 0, 1) / 127.5 - 1 for frame in pairs.sources[:2]]
    assert all(any(torch.allclose(examples[i].clean, one, atol=1e-5) for one in known) for i in range(40))


def test_a_network_learns_an_edit_at_both_strengths() -> None:
    notes = Notes()
    pairs = flatter()
    made = stage()(some(pairs, slice(4)), NOTHING, some(pairs, slice(4, 6)), notes.work)
    assert made.judged == "held out" and made.side == SIDE and np.array_equal(made.explained_at, SHARES)
    assert (made.explained > 0.7).all(), made.explained
    assert len(made.losses) == 90 == len(notes.rows)
    assert made.losses[-10:].mean() < 0.7 * made.losses[:5].mean()
    assert {"change", "gradient", "mask", "perceptual", "steady"} < set(notes.rows[0])


def test_without_held_out_faces_it_is_judged_on_what_it_learned() -> None:
    made = stage(num_updates=2)(brighter(3), NOTHING, NOTHING, Workspace())
    assert made.judged == "trained" and len(made.explained) == 2


@pytest.mark.parametrize(
    ("num_frames", "held_out", "learned", "judged"),
    [
        (10, 0.0, range(10), range(10, 10)),
        (10, 0.4, range(6), range(6, 10)),
        (41, 0.0, range(0, 41, 2), range(41, 41)),
        (200, 0.5, range(0, 100, 3), range(100, 200)),
    ],
)
def test_a_long_clip_teaches_with_some_of_its_frames(
    num_frames: int, held_out: float, learned: range, judged: range
) -> None:
    found = stage(held_out=held_out)
    numbers = range(num_frames)
    assert numbers[found.learned(num_frames)] == learned and numbers[found.judged(num_frames)] == judged
    assert len(learned) <= 40


def test_the_same_seed_makes_the_same_weights() -> None:
    first, second = (stage(num_updates=3)(brighter(), NOTHING, NOTHING, Workspace()) for _ in range(2))
    assert all(torch.equal(first.state[name], second.state[name]) for name in first.state)


def test_what_cannot_be_learned_is_refused() -> None:
    with pytest.raises(DataError, match="no frame"):
        stage(held_out=0.99).learned(2)
    with pytest.raises(DataError, match="multiple of 64"):
        stage(widths=[8] * 6, depths=[1] * 6)(brighter(), NOTHING, NOTHING, Workspace())
    with pytest.raises(SettingsError, match="no strength but 0"):
        stage(shares=[0.0])
    with pytest.raises(SettingsError, match="num_updates"):
        stage(num_updates=0)


def test_small_motions_are_small() -> None:
    motion = small_motions(500, torch.Generator().manual_seed(0))
    assert motion[:, :, 2].abs().max() < 0.1
    assert torch.allclose(motion[:, :, :2].det(), torch.ones(500), atol=1e-5)
