"""Per-frame border tuning against the published implementation's own loss logs and images (SPEC 7.6)."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from stitch_exp.fitting.progress import Progress
from stitch_exp.fitting.trainer import fit, quiet_trainer
from stitch_exp.losses.border import BorderLoss
from stitch_exp.networks.tuned import tunable_copy
from stitch_exp.stitching.frame_tuning import FrameTuner, FrameTuning
from stitch_exp.stitching.masks import Regions, cut_regions
from stitch_exp.types import StyleSpace, Workspace, WPlus
from tests.parity.small import edited_code, frames, small_generator

GOLDEN = Path(__file__).parents[1] / "golden"


class GoldenScene:
    """The golden case, twice, so that the reset between frames is tested too."""

    def __init__(self, latents: WPlus | StyleSpace, outline: np.ndarray) -> None:
        self.generator = tunable_copy(small_generator(), torch.device("cpu"))
        self.latents = latents
        self.outline = torch.from_numpy(outline).float()[None]

    def __len__(self) -> int:
        return 2

    def render(self, part: slice) -> torch.Tensor:
        return self.latents[part].render(self.generator)

    def source(self, part: slice) -> torch.Tensor:
        return frames()[:1]

    def target(self, part: slice) -> torch.Tensor:
        raise AssertionError("the first image is the edited one")

    def regions(self, part: slice) -> Regions:
        return cut_regions(self.outline, strip=4, inner=0, outer=6)


def run(distance: str, stop: float, style: bool = False) -> tuple[FrameTuner, np.ndarray]:
    code = edited_code().repeat(2, 1, 1)
    latents = StyleSpace(tuple(small_generator().style_space(code))) if style else WPlus(code)
    scene = GoldenScene(latents, np.load(GOLDEN / "stitch_small.npz")["fg"])
    rows: list[tuple[float, float]] = []
    work = Workspace(log=lambda _, values: rows.append((values["border"], values["content"])))
    out = np.zeros((2, 64, 64, 3), np.uint8)
    settings = FrameTuning(
        num_steps=6, learning_rate=3e-4, carry=False, stop_border=stop, stop_ratio=0.0, loss=BorderLoss(distance, 0.01)
    )
    tuner = FrameTuner(scene, settings, out, limits=np.full(2, stop), edited=None)
    trainer = quiet_trainer("cpu", "32-true", max_epochs=1, callbacks=[Progress(work, "stitching", "", 12)])
    fit(trainer, tuner, DataLoader(tuner.schedule, batch_size=None))
    return tuner, np.array(rows)


def as_pixels(image: np.ndarray) -> np.ndarray:
    return np.rint((image.clip(-1, 1) + 1) * 127.5).transpose(0, 2, 3, 1)


@pytest.mark.parametrize(
    ("name", "distance", "stop", "tolerance"),
    [("l2", "l2", 0.0, 1e-5), ("l1", "l1", 0.0, 1e-3), ("thr", "l2", 11.664885520935059, 1e-5)],
)
def test_same_losses_and_images_for_every_frame(name: str, distance: str, stop: float, tolerance: float) -> None:
    golden = np.load(GOLDEN / "stitch_small.npz")
    tuner, rows = run(distance, stop)
    expected = golden[f"log_{name}"]
    assert np.allclose(rows[: len(expected)], expected, atol=tolerance, rtol=tolerance)
    assert np.allclose(rows[len(expected) :], expected, atol=tolerance, rtol=tolerance)
    assert np.abs(tuner.out - as_pixels(golden[f"img_{name}"])).max() <= 1
    assert tuner.steps.tolist() == ([3, 3] if name == "thr" else [6, 6])


def test_style_codes_leave_the_affine_layers_alone() -> None:
    golden = np.load(GOLDEN / "stitch_small.npz")
    tuner, _ = run("l2", 0.0, style=True)
    assert np.abs(tuner.out - as_pixels(golden["img_style"])).max() <= 1


def test_masks_of_the_case() -> None:
    golden = np.load(GOLDEN / "stitch_small.npz")
    regions = GoldenScene(WPlus(edited_code()), golden["fg"]).regions(slice(0, 1))
    assert np.array_equal(regions.border[0].numpy(), golden["border"].astype(np.float32))
    assert np.array_equal(regions.content[0].numpy(), golden["content"].astype(np.float32))
