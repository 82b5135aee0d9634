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


def test_empty_masks_give_zero_and_no_nan_gradient() -> None:
    image = torch.ones(1, 3, 4, 4, requires_grad=True)
    terms = BorderLoss("l2", 0.01)(
        image, torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4), torch.zeros(1, 4, 4), torch.zeros(1, 4, 4)
    )
    terms["loss"].sum().backward()
    assert float(terms["loss"]) == 0 and torch.equal(image.grad, torch.zeros_like(image))


def test_each_picture_of_a_batch_is_judged_by_itself() -> None:
    torch.manual_seed(0)
    images, source, edited = torch.rand(3, 4, 3, 5, 5)
    border, content = torch.rand(2, 4, 5, 5)
    for distance in ("l2", "l1"):
        loss = BorderLoss(distance, 0.3)
        together = loss(images, source, edited, border, content)
        for index in range(4):
            part = slice(index, index + 1)
            alone = loss(images[part], source[part], edited[part], border[part], content[part])
            assert all(torch.allclose(together[name][part], alone[name]) for name in ("loss", "border", "content"))


def test_without_weight_the_inside_is_free() -> None:
    loss = BorderLoss("l2", 0.0)
    images = torch.zeros(1, 3, 2, 2)
    ring = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]])
    assert loss(images, images, images + 9, ring, 1 - ring)["loss"].item() == 0
