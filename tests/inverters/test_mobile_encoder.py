"""Our encoder on a mobile trunk."""

import torch

from stitch_exp.inverters.mobile_encoder import MobileEncoder, trunk_from_imagenet

SIZES = {"num_styles": 2, "num_ws": 3, "w_dim": 8, "squeezed": 2, "hidden": 4, "input_size": 64}


def test_rows_past_the_last_style_repeat_it_and_stage_0_is_a_code_in_w() -> None:
    torch.manual_seed(0)
    encoder = MobileEncoder(**SIZES).eval()
    images = torch.rand(2, 3, 64, 64)
    codes = encoder(images)
    assert codes.shape == (2, 3, 8)
    assert torch.equal(codes[:, 1], codes[:, 2]) and not torch.equal(codes[:, 0], codes[:, 1])
    base = encoder(images, stage=0)
    assert torch.equal(base, base[:, :1].expand(-1, 3, -1)) and torch.equal(base[:, 0], codes[:, 0])


def test_folding_gives_what_convolution_and_normalisation_give() -> None:
    torch.manual_seed(0)
    conv, norm = torch.nn.Conv2d(3, 32, 3, 2, 1, bias=False), torch.nn.BatchNorm2d(32, eps=1e-3)
    norm.running_mean.normal_(), norm.running_var.uniform_(0.5, 2), norm.weight.data.normal_(), norm.bias.data.normal_()
    state = {"_conv_stem.weight": conv.weight} | {f"_bn0.{key}": value for key, value in norm.state_dict().items()}
    folded = trunk_from_imagenet({key: value.detach() for key, value in state.items()})
    x = torch.randn(1, 3, 16, 16)
    plain = torch.nn.functional.conv2d(x, folded["stem.weight"], folded["stem.bias"], 2, 1)
    torch.testing.assert_close(plain, norm.eval()(conv(x)), atol=1e-5, rtol=1e-4)
