import pytest
import torch

from stitch_exp.errors import DataError
from stitch_exp.networks.mobile_stylegan import MobileGenerator
from stitch_exp.training.mobile.codes import Codes, CodesPlan, draw, load_codes, numbered, save_codes


def _codes() -> Codes:
    first, second = torch.full((3, 2), 1.0), torch.full((3, 2), 2.0)
    return Codes(first, second, torch.tensor([18, 5, 1]), torch.zeros(2), 18)


def test_rows_change_at_the_crossover() -> None:
    rows = _codes().rows(torch.tensor([0, 1]))
    assert rows[0].eq(1).all()
    assert rows[1, :5].eq(1).all()
    assert rows[1, 5:].eq(2).all()


def test_a_face_is_single_when_one_row_rules_it() -> None:
    rows, single = _codes().single()
    assert single.tolist() == [True, False, True]
    assert rows[:, 0].tolist() == [1, 1, 2]


def test_spread_is_the_mean_square_about_the_average() -> None:
    assert _codes().spread().item() == 2.5


def test_draws_keep_to_the_plan(generator: MobileGenerator) -> None:
    plan = CodesPlan(lowest_psi=0.0, mixed_share=0.5, first_crossover=3, last_crossover=4)
    codes = draw(generator, 200, plan, seed=3)
    assert set(codes.crossover.tolist()) == {3, 4, 18}
    assert 70 < (codes.crossover == 18).sum() < 130
    assert torch.equal(draw(generator, 200, plan, seed=3).first, codes.first)
    still = CodesPlan(lowest_psi=1.0, mixed_share=0.0, first_crossover=3, last_crossover=4)
    generator.mapping.w_avg.fill_(100.0)
    assert draw(generator, 5, still, seed=3).first.abs().max() < 50, "psi = 1 does not move a code"


def test_codes_come_back_and_are_found_by_number(tmp_path) -> None:
    save_codes(tmp_path / "codes.safetensors", _codes(), "x")
    codes = numbered(load_codes(tmp_path / "codes.safetensors", 18), ["a/00002.jpg", "00000.jpg"])
    assert codes.crossover.tolist() == [1, 18]
    with pytest.raises(DataError, match=r"picture '00003.jpg' has none of the 3 codes"):
        numbered(_codes(), ["00003.jpg"])
