import torch

from stitch_exp.inverters.mobile_encoder import LiteTrunk
from stitch_exp.training.mobile.codes import Codes
from stitch_exp.training.mobile.encoder import MobileEncoderStage, fresh_encoder, row_errors
from stitch_exp.training.mobile.updates import UpdatesPlan

PLAN = UpdatesPlan(
    num_steps=10, warmup_steps=4, trunk_rate=1e-3, head_rate=1e-2, weight_decay=0.0, largest_gradient=1.0,
    average_decay=0.9,
)  # fmt: skip


def _stage() -> MobileEncoderStage:
    torch.manual_seed(0)
    encoder = fresh_encoder(LiteTrunk(), num_styles=16, num_ws=18, w_dim=8, squeezed=4, hidden=8, input_size=64)
    codes = Codes(torch.randn(4, 8), torch.randn(4, 8), torch.tensor([18, 18, 5, 7]), torch.randn(8), 18)
    return MobileEncoderStage(encoder, None, PLAN, train_codes=codes, held_codes=codes)


def test_errors_of_rows_by_hand() -> None:
    found, wanted = torch.zeros(2, 3, 4), torch.zeros(2, 3, 4)
    wanted[0, 1] = 2.0
    wanted[:, 2] = 9.0
    assert row_errors(found, wanted, 2).tolist() == [0.0, 2.0]


def test_the_rate_rises_then_falls_to_nothing() -> None:
    rates = [_stage()._rate(step) for step in (0, 3, 5, 10, 11)]
    assert rates[0] < 0.3
    assert rates[1] > 0.7
    assert abs(rates[2] - 0.5) < 1e-6
    assert rates[3] == rates[4] == 0.0


def test_an_encoder_that_says_nothing_explains_nothing() -> None:
    stage, logged = _stage(), {}
    for layer in (stage.average.base, stage.average.deltas):
        layer.weight.zero_()
        layer.bias.zero_()
    stage.log = lambda name, value, **_: logged.update({name: value.item()})
    stage.on_validation_epoch_start()
    stage.validation_step((torch.zeros(3, 3, 64, 64, dtype=torch.uint8), torch.tensor([0, 2, 3])), 0)
    stage.on_validation_epoch_end()
    assert logged == {"held_out_unexplained_coarse": 1.0, "held_out_unexplained_fine": 1.0}


def test_the_first_answer_is_close_to_the_average_face() -> None:
    codes = _stage().encoder(torch.rand(1, 3, 64, 64) * 2 - 1)
    assert codes.shape == (1, 18, 8)
    assert codes.abs().max() < 0.5
