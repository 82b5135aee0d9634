"""The data between the stages."""

from dataclasses import FrozenInstanceError, fields, is_dataclass

import numpy as np
import pytest
import torch

from stitch_exp import types
from stitch_exp.types import AlignedClip, FrameSource, StyleSpace, Treatment, Workspace, WPlus


def aligned(status, index, **more):
    n = len(index)
    return AlignedClip(
        np.zeros((n, 2, 2, 3), np.uint8), np.array(index, int), np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 4, 2)),
        np.zeros((n, 68, 2)), status, **more,
    )  # fmt: skip


def test_a_frame_is_edited_where_it_has_a_crop_and_passed_where_it_has_none():
    found = aligned(("missing", "detected", "interpolated"), [1, 2]).treatments
    assert found == (Treatment("passed", "no face found"), Treatment("edited"), Treatment("edited"))


def test_a_faded_frame_says_its_share_and_one_at_zero_is_passed():
    opacity = np.array([1.0, 0.5, 0.0, 0.004])
    found = aligned(("detected",) * 4, range(4), opacity=opacity).treatments
    assert [item.kind for item in found] == ["edited", "faded", "passed", "faded"]
    assert [item.reason for item in found] == ["", "50% of the edit", "no face found", "0% of the edit"]


def test_known_reasons_are_given_and_where_none_is_known_the_usual_one():
    found = aligned(("missing", "missing", "detected"), [2], reasons=("too small", "", "")).treatments
    assert [item.reason for item in found] == ["too small", "no face found", ""]


def test_a_clip_without_any_face_and_one_of_no_frames():
    assert {item.kind for item in aligned(("missing",) * 3, []).treatments} == {"passed"}
    assert aligned((), []).treatments == ()


class Doubling:
    """A generator that gives back what it was shown, twice as large."""

    def __call__(self, codes, **options):
        return codes[:, None, :, :2].repeat(1, 3, 1, 1) * options.get("gain", 2)

    def from_styles(self, styles, **options):
        return sum(style.sum(1) for style in styles)[:, None, None, None].repeat(1, 3, 1, 1) * options.get("gain", 2)


def test_codes_are_cut_counted_and_rendered():
    codes = torch.arange(24.0).reshape(4, 2, 3)
    latents = WPlus(codes)
    assert len(latents) == 4 and len(latents[1:3]) == 2
    torch.testing.assert_close(latents[1:3].codes, codes[1:3])
    torch.testing.assert_close(latents[3:].render(Doubling(), gain=5)[0, 2], 5 * codes[3, :, :2])


def test_styles_of_all_layers_are_cut_together():
    styles = (torch.ones(4, 2), torch.arange(4.0)[:, None])
    latents = StyleSpace(styles)
    assert len(latents) == 4
    part = latents[2:]
    assert isinstance(part, StyleSpace) and [tuple(style.shape) for style in part.styles] == [(2, 2), (2, 1)]
    assert part.render(Doubling())[:, 0, 0, 0].tolist() == [8.0, 10.0]


def test_a_workspace_of_its_own_gives_zeroed_arrays_and_changes_nothing():
    work = Workspace()
    array = work.allocate("crops", (2, 3))
    assert array.dtype == np.uint8 and not array.any()
    array[:] = 1
    assert not work.allocate("crops", (2, 3)).any()
    assert list(work.track(iter("abc"), "spelling", 3)) == ["a", "b", "c"] and work.scratch is None
    assert work.log("tuning", {"loss": 1.0}) is None


DATA = [kind for kind in vars(types).values() if is_dataclass(kind) and kind.__module__ == types.__name__]


@pytest.mark.parametrize("kind", DATA, ids=lambda kind: kind.__name__)
def test_what_flows_is_frozen(kind):
    made = object.__new__(kind)
    with pytest.raises((FrozenInstanceError, TypeError, AttributeError)):
        setattr(made, fields(kind)[0].name, 1)
    assert kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}(")


@pytest.mark.parametrize(
    ("source", "is_one"), [([], True), (np.zeros((1, 2, 2, 3)), True), (iter([]), False), (7, False)]
)
def test_a_frame_source_has_a_length_and_is_read_by_number_and_in_order(source, is_one):
    assert isinstance(source, FrameSource) is is_one
