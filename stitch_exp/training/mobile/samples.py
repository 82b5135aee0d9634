"""stage=mobile_samples: pictures of random faces with their codes, for the encoder and the directions."""

from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from stitch_exp.host.whole import written_whole
from stitch_exp.networks.mobile_stylegan import MobileGenerator
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.training.mobile.codes import Codes

QUALITY = 90


def picture_name(index: int) -> str:
    """File name of a face."""
    return f"{index:05d}.jpg"


def render_samples(generator: MobileGenerator, codes: Codes, folder: Path, *, side: int, rendered_side: int) -> int:
    """Writes the pictures that the folder lacks, so a killed run goes on where it was.

    Args:
        side: Side of the pictures, px: area averages of what was rendered.
        rendered_side: Side of the rendering, px.

    Returns:
        How many were rendered now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [index for index in range(len(codes.first)) if not (folder / picture_name(index)).is_file()]
    for index in missing:
        picture = render(generator, codes.rows(torch.tensor([index])), side, rendered_side)
        with written_whole(folder / picture_name(index)) as unfinished:
            Image.fromarray(to_pixels(picture[0])).save(unfinished, "JPEG", quality=QUALITY)
    return len(missing)


@torch.no_grad()
def render(
    generator: MobileGenerator, rows: Float[Tensor, "B L D"], side: int, rendered_side: int
) -> Float[Tensor, "B 3 S S"]:
    """Area average of a larger rendering, within [-1, 1]."""
    images = generator(rows, resolution=rendered_side).clamp(-1, 1)
    return F.interpolate(images, (side, side), mode="area")
