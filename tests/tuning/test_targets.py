"""Source crops as targets, with features that are made once."""

from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor

from stitch_exp.losses.reconstruction import Reconstruction
from stitch_exp.tuning.targets import Targets
from tests.small_clip import CPU

CROPS = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8)


class Counting:
    """Notes what it is shown; its features are the mean and the picture."""

    def __init__(self) -> None:
        self.shown = 0

    def features(self, images: Tensor) -> list[Tensor]:
        self.shown += len(images)
        return [images.mean(dim=(2, 3)), images]

    def compare(self, features_a: list[Tensor], features_b: list[Tensor]) -> Tensor:
        return (features_a[0] - features_b[0]).square().sum(dim=1)


@pytest.fixture
def network() -> Counting:
    return Counting()


def targets(network: Counting, cache: bool, weight: float = 1.0, crops: np.ndarray = CROPS) -> Targets:
    return Targets(crops, Reconstruction(1.0, weight, None), network, CPU, cache)


@pytest.mark.parametrize("cache", [True, False])
def test_targets_are_the_crops_asked_for_in_the_order_asked(network: Counting, cache: bool) -> None:
    found = targets(network, cache)(torch.tensor([2, 0, 2]))
    expected = torch.from_numpy(CROPS[[2, 0, 2]]).permute(0, 3, 1, 2) / 127.5 - 1
    torch.testing.assert_close(found.images, expected)
    torch.testing.assert_close(found.features[0], expected.mean(dim=(2, 3)))
    torch.testing.assert_close(found.features[1], expected)


def test_kept_features_are_made_once_a_frame(network: Counting) -> None:
    kept = targets(network, True)
    first = kept(torch.tensor([1, 3]))
    assert network.shown == 2
    again = kept(torch.tensor([3, 1, 0]))
    assert network.shown == 3
    assert all(torch.equal(a[[1, 0]], b[:2]) for a, b in zip(first.features, again.features, strict=True))


def test_otherwise_they_are_made_anew(network: Counting) -> None:
    forgotten = targets(network, False)
    forgotten(torch.tensor([1])), forgotten(torch.tensor([1]))
    assert network.shown == 2


@pytest.mark.parametrize("cache", [True, False])
def test_without_weight_nothing_is_shown(network: Counting, cache: bool) -> None:
    found = targets(network, cache, weight=0.0)(torch.tensor([0, 1]))
    assert found.features == [] and network.shown == 0


def test_only_the_frames_asked_for_are_read(network: Counting) -> None:
    class Disk(np.ndarray):
        read: ClassVar[list[int]] = []

        def __getitem__(self, index: object) -> np.ndarray:
            self.read.append(index)
            return np.asarray(super().__getitem__(index))

    targets(network, False, crops=CROPS.view(Disk))(torch.tensor([3, 1]))
    assert Disk.read == [3, 1]
