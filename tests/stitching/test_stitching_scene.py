"""One clip and one edit as stitching sees them: what is cut, measured, chosen and handed on."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from stitch_exp.stitching.scene import CHUNK, CLOSE, chosen
from stitch_exp.types import StyleSpace, Workspace, WPlus
from tests.small_clip import SIDE, codes
from tests.stitching.flat_scene import scene


def test_pictures_of_frames_are_in_the_range_of_networks() -> None:
    made = scene(source=0, edited=255)
    assert made.source(slice(0, 2)).unique().tolist() == [-1.0] and made.target(np.array([2])).unique().tolist() == [
        1.0
    ]
    assert len(made) == 3 and made.source(slice(1, 3)).shape == (2, 3, SIDE, SIDE)


def test_regions_are_cut_from_what_is_more_head_than_not() -> None:
    made = scene()
    made.heads.foreground[0] = np.where(made.heads.foreground[0] > 0, 128, 127)
    assert torch.equal(made.regions(slice(0, 1)).full, made.regions(slice(1, 2)).full)
    made.heads.foreground[0] = 127
    assert not made.regions(slice(0, 1)).full.any()


def test_frames_may_be_a_range_or_indices() -> None:
    made = scene()
    made.heads.foreground[1] = 0
    ranged, indexed = made.regions(slice(1, 3)), made.regions(np.array([1, 2]))
    assert torch.equal(ranged.border, indexed.border) and not ranged.border[0].any()


def test_the_border_error_of_flat_pictures_is_by_hand() -> None:
    """A constant difference d: three channels of d^2, weighted by the ring squared over the ring."""
    made = scene(source=100, edited=140)
    ring = made.regions(slice(0, 1)).border[0].double()
    expected = 3 * (40 / 127.5) ** 2 * float(ring.square().sum() / ring.sum())
    assert made.border_error(made.edited, Workspace()) == pytest.approx([expected] * 3, rel=1e-4)
    assert made.border_error(made.crops, Workspace()).tolist() == [0, 0, 0]


def test_the_border_is_measured_in_parts_of_any_length() -> None:
    made = scene(count=CHUNK + 1)
    made.edited[-1] = 180
    errors = made.border_error(made.edited, Workspace())
    assert errors[-1] == pytest.approx(4 * errors[0], rel=1e-4) and (errors[:-1] == errors[0]).all()


def test_without_stitching_the_edit_is_handed_on_as_it_is() -> None:
    made = scene()
    done = made.finished(made.edited, Workspace())
    assert done.crops is done.edited is made.edited and done.border_before is done.border_after


@pytest.mark.parametrize(("level", "kept"), [(101, True), (140, True), (145, True), (150, False), (255, False)])
def test_a_frame_half_as_bad_again_keeps_its_edit(level: int, kept: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Errors are squares: 1.5 times the error is 1.22 times the difference of 40 levels."""
    made = scene()
    crops = made.edited.copy()
    crops[1] = level
    done = made.finished(crops, Workspace())
    assert (done.crops[1] == (level if kept else 140)).all() and (done.border_after <= 1.5 * done.border_before).all()
    assert ("in 1 of 3 frames (the first is face 1)" in caplog.text) != kept


def test_a_border_that_is_close_is_never_called_spoiled() -> None:
    made = scene(source=100, edited=100)
    crops = np.full_like(made.crops, 105)
    done = made.finished(crops, Workspace())
    assert (done.crops == 105).all() and (done.border_after > 0).all() and (done.border_after < CLOSE).all()


def test_representatives_are_chosen_by_codes_of_either_space() -> None:
    made = scene(count=6)
    assert made.representatives(None) == list(range(6)) and made.representatives(99) == list(range(6))
    styles = StyleSpace(tuple(made.latents.codes.unbind(dim=1)))
    assert made.representatives(2) == replace(made, latents=styles).representatives(2)


def test_chosen_codes_come_in_any_order() -> None:
    index = torch.tensor([2, 0])
    plain = chosen(WPlus(codes(3)), index)
    styles = chosen(StyleSpace((codes(3)[:, 0], codes(3)[:, 1, :4])), index)
    assert torch.equal(plain.codes, codes(3)[[2, 0]])
    assert torch.equal(styles.styles[1], codes(3)[[2, 0], 1, :4]) and len(styles) == 2


def test_rendering_leaves_no_gradient() -> None:
    made = scene()
    made.generator.synthesis.requires_grad_(True)
    images = made.render(slice(0, 2))
    assert images.shape == (2, 3, SIDE, SIDE) and not images.requires_grad
