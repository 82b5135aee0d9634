"""The face parser, and the head's outline from its classes."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import ConfigError, SettingsError, WeightsError
from stitch_exp.networks.bisenet import CLASSES, MEAN, STD, TRAINED_PX, BiSeNet, BiSeNetSegmenter
from stitch_exp.networks.bisenet_layers import with_norms_folded


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "p.pth"
    torch.save(BiSeNet().state_dict(), path)
    return path


def published(weights: Path, excluded: list[str], batch_size: int, **changes: object) -> BiSeNetSegmenter:
    """Outlines as the published method has them, unless told otherwise."""
    settings = {"only_followed": False, "side": TRAINED_PX, "largest_zoom": None} | changes
    return BiSeNetSegmenter(weights=weights, excluded=excluded, batch_size=batch_size, **settings)


def test_bisenet_leaves_out_the_excluded_classes(parser: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def labels(self: BiSeNet, images: torch.Tensor) -> torch.Tensor:
        """Class 0 in the left half, hair on the right, cloth below."""
        scores = torch.zeros(len(images), len(CLASSES), *images.shape[2:])
        scores[:, 0, :, :256], scores[:, 17, :, 256:], scores[:, 16, 400:] = 1, 1, 2
        return scores

    monkeypatch.setattr(BiSeNet, "forward", labels)
    segmenter = published(parser, ["background", "cloth", "hat"], 2)
    heads = segmenter(np.zeros((3, 64, 64, 3), np.uint8), np.zeros((3, 68, 2)))
    mask, hair = heads.outline, heads.hair
    assert np.array_equal(hair, mask)
    assert mask.shape == (3, 64, 64) and mask.dtype == np.float32
    assert mask[:, :50, 32:].all() and not mask[:, :, :32].any() and not mask[:, 50:].any()


def test_bisenet_says_what_is_wrong(parser: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="trousers"):
        published(parser, ["trousers"], 1)
    with pytest.raises(WeightsError, match=r"segmenter\.weights.*fetch bisenet"):
        published(tmp_path / "79999_iter.pth", [], 1)
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match="does not fit BiSeNet"):
        published(tmp_path / "other.pth", [], 1)


def test_every_excluded_class_is_out_and_every_other_in(parser: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One column a class; the outline is the complement of what is excluded."""
    columns = torch.arange(TRAINED_PX) * len(CLASSES) // TRAINED_PX

    def labels(self: BiSeNet, images: torch.Tensor) -> torch.Tensor:
        scores = torch.nn.functional.one_hot(columns, len(CLASSES)).T[None, :, None].float()
        return scores.expand(len(images), -1, TRAINED_PX, -1)

    monkeypatch.setattr(BiSeNet, "forward", labels)
    segmenter = published(parser, ["hat", "background", "neck"], 1)
    row = segmenter(np.zeros((1, TRAINED_PX, TRAINED_PX, 3), np.uint8), np.zeros((1, 68, 2))).outline[0, 0]
    seen = {CLASSES[int(columns[x])]: row[x] for x in range(TRAINED_PX)}
    assert {name for name, inside in seen.items() if not inside} == {"hat", "background", "neck"}


def test_crops_are_normalised_as_imagenet_s_and_brought_to_its_side(
    parser: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.Tensor] = []

    def labels(self: BiSeNet, images: torch.Tensor) -> torch.Tensor:
        seen.append(images)
        return torch.zeros(len(images), len(CLASSES), *images.shape[2:])

    monkeypatch.setattr(BiSeNet, "forward", labels)
    segmenter = published(parser, [], 2)
    crops = np.zeros((5, 32, 32, 3), np.uint8)
    crops[:] = (255, 0, 51)
    crops.flags.writeable = False  # as crops from the store are
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert segmenter(crops, np.zeros((5, 68, 2))).outline.all()
    assert [len(images) for images in seen] == [2, 2, 1] and seen[0].shape[2:] == (TRAINED_PX, TRAINED_PX)
    expected = [(value - mean) / std for value, mean, std in zip((1.0, 0.0, 0.2), MEAN, STD, strict=True)]
    assert seen[0][0].mean(dim=(1, 2)).tolist() == pytest.approx(expected, rel=1e-5)


def test_no_crops_are_no_outlines(parser: Path) -> None:
    segmenter = published(parser, [], 2)
    assert segmenter(np.zeros((0, 16, 16, 3), np.uint8), np.zeros((0, 68, 2))).outline.shape == (0, 16, 16)


@torch.no_grad()
def test_the_parser_says_the_same_with_its_normalisations_folded() -> None:
    torch.manual_seed(0)
    network = BiSeNet()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
            layer.weight.uniform_(0.5, 2)
            layer.bias.normal_()
    images = torch.randn(1, 3, 128, 128)
    before = network.eval()(images)
    folded = with_norms_folded(network)
    assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in folded.modules())
    torch.testing.assert_close(folded(images), before, atol=1e-3 * float(before.abs().max()), rtol=1e-3)


@torch.no_grad()
def test_scores_have_the_size_of_the_input_and_do_not_depend_on_neighbours() -> None:
    torch.manual_seed(0)
    network = BiSeNet().eval()
    images = torch.randn(2, 3, 64, 96)
    scores = network(images)
    assert scores.shape == (2, len(CLASSES), 64, 96)
    torch.testing.assert_close(scores[1:], network(images[1:]), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("batch_size", [0, -1])
def test_no_crops_at_once_is_refused_before_the_file_is_read(tmp_path: Path, batch_size: int) -> None:
    with pytest.raises(SettingsError, match=f"batch_size is {batch_size}; use at least 1"):
        published(tmp_path / "gone.pth", [], batch_size)


@pytest.mark.parametrize("side", [500, 96])
def test_a_side_that_cannot_be_halved_is_refused_before_the_file_is_read(tmp_path: Path, side: int) -> None:
    with pytest.raises(ConfigError, match=rf"segmenter\.side={side} must be a multiple of 32, 128 at least"):
        published(tmp_path / "gone.pth", [], 1, side=side)


@pytest.mark.parametrize(
    ("crop", "asked", "zoom", "side"),
    [(64, 128, None, 128), (256, 128, 2.0, 128), (96, 384, 2.0, 192), (100, 512, 1.5, 128), (32, 384, 2.0, 128)],
)
def test_crops_are_parsed_at_the_side_that_was_asked_for_or_at_what_they_hold(
    parser: Path, crop: int, asked: int, zoom: float | None, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hair in the upper half of whatever is seen, cloth below; answered at the crop's own size."""

    def labels(self: BiSeNet, images: torch.Tensor) -> torch.Tensor:
        assert images.shape[2:] == (side, side)
        scores = torch.zeros(len(images), len(CLASSES), side, side)
        scores[:, 17, : side // 2], scores[:, 16, side // 2 :] = 1, 1
        return scores

    monkeypatch.setattr(BiSeNet, "forward", labels)
    segmenter = published(parser, ["cloth"], 4, side=asked, largest_zoom=zoom)
    heads = segmenter(np.zeros((1, crop, crop, 3), np.uint8), np.zeros((1, 68, 2)))
    assert heads.hair is not None and np.array_equal(heads.hair, heads.outline)
    assert heads.hair[0, : crop // 2].all() and not heads.hair[0, crop // 2 :].any()


def test_another_head_in_the_crop_counts_only_where_all_do(parser: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Skin on the left, another head's hair on the right, background between."""

    def labels(self: BiSeNet, images: torch.Tensor) -> torch.Tensor:
        scores = torch.zeros(len(images), len(CLASSES), *images.shape[2:])
        scores[:, 1, :, :48], scores[:, 0, :, 48:80], scores[:, 17, :, 80:] = 1, 1, 1
        return scores

    monkeypatch.setattr(BiSeNet, "forward", labels)
    crop, points = np.zeros((1, 128, 128, 3), np.uint8), np.full((1, 68, 2), (20.0, 60.0))
    for only, right in ((True, 0), (False, 1)):
        segmenter = published(parser, ["background"], 1, only_followed=only, side=128)
        heads = segmenter(crop, points)
        assert heads.hair is not None and np.unique(heads.outline[0, :, :48]).tolist() == [1]
        assert np.unique(heads.outline[0, :, 80:]).tolist() == np.unique(heads.hair[0, :, 80:]).tolist() == [right]
