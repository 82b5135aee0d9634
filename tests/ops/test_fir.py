"""FIR upsampling against a literal zero-insert-and-convolve."""

import torch
import torch.nn.functional as F

from stitch_exp.ops.fir import resample_filter, smooth_transposed, upsample_image


def by_definition(x: torch.Tensor, before: int, after: int) -> torch.Tensor:
    channels = x.shape[1]
    padded = F.pad(x, (before, after, before, after))
    return F.conv2d(padded, (resample_filter() * 4).expand(channels, 1, 4, 4), groups=channels)


def test_upsample_image_is_zero_insertion_then_filter() -> None:
    x = torch.randn(2, 3, 6, 6)
    spread = x.new_zeros(2, 3, 12, 12)
    spread[..., ::2, ::2] = x
    torch.testing.assert_close(upsample_image(x), by_definition(spread, 2, 1))


def test_smooth_transposed() -> None:
    x = torch.randn(2, 5, 9, 9)
    torch.testing.assert_close(smooth_transposed(x, resample_filter()), by_definition(x, 1, 1))


def test_brightness_is_kept_inside() -> None:
    torch.testing.assert_close(upsample_image(torch.ones(1, 1, 8, 8))[..., 2:-2, 2:-2], torch.ones(1, 1, 12, 12))
