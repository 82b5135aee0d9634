import torch
import torch.nn.functional as F

from stitch_exp.networks.mobile_stylegan import Head, MobileGenerator
from stitch_exp.training.mobile.codes import Codes
from stitch_exp.training.mobile.crops import HeadCrops, cut_crops, head_row, load_crops
from stitch_exp.training.mobile.heads import HeadPlan, HeadStage, linear_fit, start_linear


def _linear_crops(weights: torch.Tensor, bias: torch.Tensor) -> HeadCrops:
    features = torch.randn(6, len(weights), 10, 10)
    pictures = torch.einsum("nchw,cd->ndhw", features[:, :, 1:-1, 1:-1], weights) + bias[:, None, None]
    return HeadCrops(features, pictures, torch.randn(6, 8))


def test_the_rows_of_the_heads(generator: MobileGenerator) -> None:
    assert [head_row(generator, side) for side in (128, 256)] == [11, 13]


def test_a_linear_map_is_found(generator: MobileGenerator) -> None:
    weights, bias = torch.randn(16, 3), torch.randn(3)
    found = linear_fit(_linear_crops(weights, bias), torch.ones(16))
    torch.testing.assert_close(found[0], weights, rtol=0, atol=2e-3)
    torch.testing.assert_close(found[1], bias, rtol=0, atol=2e-3)


def test_the_start_is_the_linear_map(generator: MobileGenerator) -> None:
    head, weights, bias, x = Head(128, 8), torch.randn(16, 3), torch.randn(3), torch.randn(2, 16, 9, 9)
    start_linear(head, weights, bias)
    image = head(x, [layer.affine(torch.randn(2, 8)) for layer in head.layers], "none")
    wanted = torch.einsum("nchw,cd->ndhw", x, weights) + bias[:, None, None]
    torch.testing.assert_close(image, wanted, rtol=0, atol=1e-4)


def test_the_finished_head_makes_the_pictures_of_the_fit(generator: MobileGenerator) -> None:
    crops, average = _linear_crops(torch.randn(16, 3), torch.randn(3)), torch.randn(8)
    crops = HeadCrops(crops.features * torch.linspace(0.1, 9, 16)[:, None, None], crops.pictures, crops.rows)
    stage = HeadStage(Head(128, 8), crops, average, HeadPlan(2, 1e-3, 1e-3, 1.0))
    with torch.no_grad():
        for value in stage.head.parameters():
            value.add_(0.1 * torch.randn_like(value))
    head = Head(128, 8)
    head.load_state_dict(stage.finished())
    image = head(crops.features, [layer.affine(crops.rows) for layer in head.layers], "none")
    torch.testing.assert_close(image[:, :, 1:-1, 1:-1], stage(crops.features, crops.rows), rtol=1e-3, atol=1e-3)


def test_crops_lie_over_the_picture(generator: MobileGenerator, tmp_path) -> None:
    codes = Codes(torch.randn(2, 8), torch.randn(2, 8), torch.tensor([18, 12]), torch.zeros(8), 18)
    cut_crops(generator, codes, {128: 126, 256: 20}, tmp_path, seed=0)
    crops = load_crops(tmp_path, 128)
    assert crops.features.shape == (2, 16, 128, 128)
    full = F.avg_pool2d(generator(codes.rows(torch.tensor([1])), resolution=512), 4)[0, :, 1:-1, 1:-1]
    torch.testing.assert_close(crops.pictures[1], full, rtol=2e-3, atol=2e-3)
    torch.testing.assert_close(crops.rows[1], codes.first[1], rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(load_crops(tmp_path, 256).rows[1], codes.second[1], rtol=1e-3, atol=1e-3)
