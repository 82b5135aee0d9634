"""The change of a less tuned generator on the tuned face."""

import numpy as np
import pytest
import torch

from stitch_exp.networks.tuned import tunable_copy
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.stitching.change import ChangedFaces, less_tuned, truncated, unedited
from stitch_exp.stitching.transfer import with_change
from stitch_exp.types import StyleSpace, WPlus
from tests.small_clip import CPU, tiny_generator


def tuned_generator() -> object:
    tuned = tunable_copy(tiny_generator(), CPU)
    with torch.no_grad():
        for weight in tuned.synthesis.parameters():
            weight.add_(0.05 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)))
    return tuned


def pivots(generator: object) -> torch.Tensor:
    z = torch.randn(2, generator.z_dim, generator=torch.Generator().manual_seed(2))
    return generator.map(z)


@pytest.mark.parametrize(("share", "part"), [(0.0, 0.0), (0.25, 0.25), (1.0, 1.0)])
def test_every_weight_goes_its_share_of_the_way(share: float, part: float) -> None:
    model, tuned = tiny_generator(), tuned_generator()
    between = less_tuned(tuned, model, share)
    weights = zip(
        between.synthesis.parameters(), model.synthesis.parameters(), tuned.synthesis.parameters(), strict=True
    )
    for got, start, end in weights:
        torch.testing.assert_close(got, start + part * (end - start))
    assert all(a is not b for a, b in zip(between.synthesis.parameters(), tuned.synthesis.parameters(), strict=True))


def test_equal_codes_give_the_inversions_bit_for_bit() -> None:
    model, tuned = tiny_generator(), tuned_generator()
    codes = pivots(model)
    inversions = to_pixels(tuned(codes))
    faces = ChangedFaces(WPlus(codes.clone()), unedited(WPlus(codes), tuned, codes), inversions)
    assert np.array_equal(to_pixels(faces.render(less_tuned(tuned, model, 0.3))), inversions)


def test_style_space_starts_from_the_tuned_styles() -> None:
    model, tuned = tiny_generator(), tuned_generator()
    codes = pivots(model)
    styles = StyleSpace(tuple(tuned.style_space(codes)))
    inversions = to_pixels(tuned(codes))
    faces = ChangedFaces(styles, unedited(styles, tuned, codes), inversions)
    assert np.array_equal(to_pixels(faces.render(less_tuned(tuned, model, 0.3))), inversions)


def test_truncation_moves_the_clip_as_one_towards_the_mean_face() -> None:
    model = tiny_generator()
    codes = pivots(model)
    half, whole = (truncated(WPlus(codes), model, codes, psi).codes for psi in (0.5, 0.0))
    middle = codes.mean(dim=0)
    torch.testing.assert_close(whole.mean(dim=0), model.w_avg.expand_as(middle))
    torch.testing.assert_close(half.mean(dim=0), (middle + model.w_avg) / 2)
    torch.testing.assert_close(half[1] - half[0], codes[1] - codes[0])
    edited = truncated(WPlus(codes + 0.5), model, codes, 0.5).codes
    torch.testing.assert_close(edited - half, torch.full_like(codes, 0.5))
    assert torch.equal(truncated(WPlus(codes), model, codes, 1.0).codes, codes)


def test_truncated_styles_are_those_of_truncated_codes() -> None:
    model = tiny_generator()
    codes = pivots(model)
    moved = truncated(StyleSpace(tuple(model.style_space(codes))), model, codes, 0.3)
    wanted = model.style_space(truncated(WPlus(codes), model, codes, 0.3).codes)
    for got, style in zip(moved.styles, wanted, strict=True):
        torch.testing.assert_close(got, style)


def test_the_change_is_the_less_tuned_generators() -> None:
    model, tuned = tiny_generator(), tuned_generator()
    codes = pivots(model)
    edited = codes + 0.5
    grey = np.full((2, model.resolution, model.resolution, 3), 128, np.uint8)
    faces = ChangedFaces(WPlus(edited), WPlus(codes), grey)[1:]
    before, after = (levels(model(each[1:]).detach()) for each in (codes, edited))
    wanted = with_change(grey[1], before, after)
    assert len(faces) == 1
    got = faces.render(less_tuned(tuned, model, 0.0))
    np.testing.assert_allclose(levels(got), wanted, atol=1e-3)


def levels(images: torch.Tensor) -> np.ndarray:
    return 127.5 * (images[0].numpy().transpose(1, 2, 0) + 1)
