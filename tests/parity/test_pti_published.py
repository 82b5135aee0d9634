"""Pivotal tuning against the published implementation's own loss logs and weights (SPEC 6)."""

from pathlib import Path

import lpips
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from stitch_exp.fitting.progress import Progress
from stitch_exp.fitting.trainer import fit, quiet_trainer
from stitch_exp.losses.locality import nearby_codes
from stitch_exp.losses.reconstruction import Reconstruction, Target
from stitch_exp.networks.tuned import tunable_copy
from stitch_exp.tuning.locality import Locality
from stitch_exp.tuning.settings import Updates
from stitch_exp.tuning.tuner import PassEnd, PivotTuner, Rate
from stitch_exp.types import Workspace
from tests.golden.fill import fill_state_dict
from tests.parity.small import frames, pivots, small_generator

GOLDEN = Path(__file__).parents[1] / "golden"
LOSS = Reconstruction(l2_weight=10.0, perceptual_weight=1.0, perceptual_px=None)


class FilledLpips:
    """LPIPS with the recipe's weights, as docs/architecture.md wants a perceptual network."""

    def __init__(self) -> None:
        self.network = lpips.LPIPS(net="alex", pretrained=False, pnet_rand=True, verbose=False).eval()
        self.network.load_state_dict(fill_state_dict(self.network, "lpips"))
        self.network.requires_grad_(False)

    def features(self, images: torch.Tensor) -> list[torch.Tensor]:
        layers = self.network.net(self.network.scaling_layer(images))
        return [lpips.normalize_tensor(layer) for layer in layers]

    def compare(self, features_a: list[torch.Tensor], features_b: list[torch.Tensor]) -> torch.Tensor:
        pairs = zip(self.network.lins, features_a, features_b, strict=True)
        return sum(linear((a - b) ** 2).mean(dim=(1, 2, 3)) for linear, a, b in pairs)


@pytest.fixture(scope="module")
def network() -> FilledLpips:
    return FilledLpips()


def run(network: FilledLpips, passes: int, schedule: str, locality: bool) -> tuple[torch.nn.Module, np.ndarray]:
    generator, images = tunable_copy(small_generator(), torch.device("cpu")), frames()
    regulariser = Locality(0.1, 30.0, 0, small_generator(), network) if locality else None
    rows = []
    work = Workspace(log=lambda _, values: rows.append([values[key] for key in ("loss", "l2", "perceptual")]))
    tuner = PivotTuner(
        generator,
        pivots(),
        lambda index: Target(images[index], LOSS.features(images[index], network)),
        LOSS,
        network,
        Rate(Updates(3e-4, 0.0, schedule, "32-true", 0), passes, batches_per_pass=3),
        regulariser,
    )
    callbacks = [Progress(work, "tuning", "", 3 * passes), PassEnd(stop_loss=0.0, stop_gain=0.0)]
    fit(quiet_trainer("cpu", "32-true", max_epochs=passes, callbacks=callbacks), tuner, DataLoader(range(3)))
    return generator, np.array(rows)


@pytest.mark.parametrize(
    ("log", "passes", "schedule", "locality"),
    [("log", 2, "constant", False), ("log_locality", 2, "constant", True), ("log_ramp", 4, "ramp", False)],
)
def test_same_losses(network: FilledLpips, log: str, passes: int, schedule: str, locality: bool) -> None:
    golden = np.load(GOLDEN / "pti_small.npz")
    _, rows = run(network, passes, schedule, locality)
    assert np.allclose(rows, golden[log], rtol=1e-5)


def test_same_weights_and_image_after_tuning(network: FilledLpips) -> None:
    golden = np.load(GOLDEN / "pti_small.npz")
    generator, _ = run(network, 2, "constant", False)
    state, before = generator.state_dict(), small_generator().state_dict()
    for name in (key for key in golden.files if key.startswith("after:")):
        assert np.allclose(state[name.removeprefix("after:")].numpy(), golden[name], atol=1e-4), name
    changed = {key for key in state if not torch.equal(state[key], before[key])}
    assert changed.isdisjoint(golden["unchanged"].tolist())
    assert changed | set(golden["unchanged"].tolist()) == set(state)
    with torch.no_grad():
        image = generator(pivots()[:1])
    assert np.abs(image.numpy() - golden["image0"]).max() < 1e-3 * golden["image0"].std()


def test_locality_looks_where_the_published_one_does() -> None:
    golden = np.load(GOLDEN / "pti_small.npz")
    random_codes = torch.from_numpy(golden["reg_w"])
    ours = nearby_codes(torch.from_numpy(golden["reg_pivot"]), random_codes, 30.0)
    assert np.allclose(ours.numpy(), golden["reg_morphed"], atol=1e-4)
