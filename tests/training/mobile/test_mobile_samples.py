"""Pictures of random faces, rendered once each."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from stitch_exp.networks.mobile_stylegan import MobileGenerator
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.training.mobile.codes import Codes
from stitch_exp.training.mobile.samples import picture_name, render, render_samples


def codes(count: int) -> Codes:
    rows = torch.randn(2, count, 8, generator=torch.Generator().manual_seed(0))
    return Codes(rows[0], rows[1], torch.full((count,), 18), torch.zeros(8), 18)


def test_names_sort_as_their_numbers() -> None:
    names = [picture_name(index) for index in (0, 9, 10, 99_999)]
    assert names == sorted(names) and names[0] == "00000.jpg"


def test_a_picture_is_the_area_average_of_a_larger_one(generator: MobileGenerator) -> None:
    rows = codes(1).rows(torch.tensor([0]))
    large = generator(rows, resolution=128).clamp(-1, 1)
    expected = large.unflatten(3, (32, 4)).unflatten(2, (32, 4)).mean(dim=(3, 5))
    torch.testing.assert_close(render(generator, rows, 32, 128), expected, atol=1e-5, rtol=1e-4)


def test_only_missing_pictures_are_rendered(generator: MobileGenerator, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert render_samples(generator, codes(3), folder, side=32, rendered_side=128) == 3
    (folder / picture_name(1)).unlink()
    (folder / picture_name(2)).write_bytes(b"mine")
    assert render_samples(generator, codes(3), folder, side=32, rendered_side=128) == 1
    assert (folder / picture_name(2)).read_bytes() == b"mine" and len(list(folder.iterdir())) == 3
    stored = np.asarray(Image.open(folder / picture_name(1))).astype(int)
    exact = to_pixels(render(generator, codes(3).rows(torch.tensor([1])), 32, 128)[0]).astype(int)
    assert stored.shape == (32, 32, 3) and np.abs(stored - exact).mean() < 12
