"""An encoder network together with the average code it works around."""

import pytest
import torch
from torch import Tensor, nn

from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.inverters.inverter import KINDS, Inverter


class Means(nn.Module):
    """The mean colour as one row, or as rows of its multiples."""

    def __init__(self, rows: int | None) -> None:
        super().__init__()
        self.rows = rows

    def forward(self, images: Tensor) -> Tensor:
        row = images.mean(dim=(2, 3))
        return row if self.rows is None else row[:, None] * torch.arange(1.0, self.rows + 1)[:, None]


def inverter(average: Tensor, rows: int | None = 4, kind: str = "e4e", num_ws: int | None = None) -> Inverter:
    return Inverter(Means(rows), latent_avg=average, input_size=8, kind=kind, num_ws=num_ws)


IMAGES = torch.full((2, 3, 8, 8), 0.5)


def test_codes_are_offsets_around_the_average() -> None:
    average = torch.arange(12.0).view(4, 3)
    made = inverter(average)
    assert made.num_ws == 4 and torch.equal(made.latent_avg, average)
    torch.testing.assert_close(made.offsets(IMAGES)[0, :, 0], torch.tensor([0.5, 1.0, 1.5, 2.0]))
    torch.testing.assert_close(made(IMAGES), average + made.offsets(IMAGES))


def test_one_row_is_every_row() -> None:
    made = inverter(torch.zeros(3), rows=None, kind="w_encoder", num_ws=5)
    codes = made(IMAGES)
    assert codes.shape == (2, 5, 3) and torch.equal(codes, codes[:, :1].expand_as(codes))


@pytest.mark.parametrize("average", [torch.ones(3), torch.ones(1, 3), torch.ones(1, 1, 3), torch.ones(4, 3)])
def test_an_average_of_any_shape_has_the_rows_of_the_codes(average: Tensor) -> None:
    assert inverter(average, num_ws=4).latent_avg.shape == (4, 3)


def test_an_average_is_a_copy_in_single_precision() -> None:
    average = torch.ones(4, 3, dtype=torch.float64)
    made = inverter(average)
    average.zero_()
    assert made.latent_avg.dtype == torch.float32 and made.latent_avg.eq(1).all()
    assert "average" in made.state_dict()


def test_rows_that_do_not_fit_are_said() -> None:
    with pytest.raises(ConfigError, match="latent_avg has 3 rows; the encoder gives 4"):
        inverter(torch.ones(3, 2), num_ws=4)


def test_an_unknown_kind_is_said() -> None:
    with pytest.raises(ConfigError, match=f"inverter kind is 'e5e'; use one of {', '.join(KINDS)}"):
        inverter(torch.ones(4, 3), kind="e5e")


@pytest.mark.parametrize(("rows", "width", "fits"), [(4, 3, True), (5, 3, False), (4, 6, False)])
def test_a_generator_of_other_codes_is_refused(rows: int, width: int, fits: bool) -> None:
    made = inverter(torch.ones(4, 3))
    if fits:
        made.check_generator(rows, width, 64)
    else:
        with pytest.raises(WeightsError, match=rf"gives 4 rows of 3, and this one \(64 px\) takes {rows} of {width}"):
            made.check_generator(rows, width, 64)


def test_a_single_row_serves_generators_of_any_depth() -> None:
    made = inverter(torch.zeros(3), rows=None, kind="w_encoder", num_ws=5)
    made.check_generator(18, 3, 1024)
    with pytest.raises(WeightsError, match="of 4; take the encoder"):
        made.check_generator(18, 4, 1024)
