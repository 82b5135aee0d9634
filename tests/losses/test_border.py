"""The objective of stitching, of one pixel of border and one of content."""

import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.losses.border import BorderLoss


def terms(loss: BorderLoss) -> dict[str, float]:
    images = torch.zeros(1, 3, 2, 2)
    border, content = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]]), torch.tensor([[[0.0, 1.0], [0.0, 0.0]]])
    found = loss(images, images + 1, images + 2, border, content)
    return {name: value.item() for name, value in found.items()}


def test_the_border_meets_the_source_and_the_inside_the_edit() -> None:
    assert terms(BorderLoss("l2", 0.5)) == pytest.approx({"loss": 9.0, "border": 3.0, "content": 12.0})
    assert terms(BorderLoss("l1", 0.5)) == pytest.approx({"loss": 6.0, "border": 3.0, "content": 6.0})


def test_a_weight_below_zero_is_refused() -> None:
    with pytest.raises(ConfigError, match="content_weight"):
        BorderLoss("l2", -0.5)
