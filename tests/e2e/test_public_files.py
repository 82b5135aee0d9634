"""`model=ffhq` on files in the public layouts, filled at random: small ones by default, full-size ones on request."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir

from stitch_exp.building.builder import Builder
from stitch_exp.config import schema
from stitch_exp.config.validate import problems
from stitch_exp.types import AlignedClip, StyleSpace, Workspace
from tests import standins

SIDE, FRAMES = 32, 2
UNNEEDED = ["segmenter=mediapipe", "identity=dlib", "perceptual=pyramid", "perceptual.num_levels=2"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = ("stylegan2-ffhq-config-f.pt", "faces_w_encoder.pt", "hyperstyle_ffhq.pt", "fs3.npy")
    folder = standins.write(tmp_path_factory.mktemp("weights"), standins.SMALL, names)
    np.save(folder / "smile.npy", np.random.default_rng(1).standard_normal(512).astype(np.float32))
    return folder


def test_hyperstyle_then_tuning_then_a_text_edit(files: Path) -> None:
    arguments = [
        "model=ffhq", f"paths.weights={files}", f"model.resolution={SIDE}", *UNNEEDED, "encoder=hyperstyle",
        "tuning=pti", "tuning.num_passes=2", "edit=styleclip_global", f"edit.text_direction={files}/smile.npy",
        "edit.clip=null", "runtime.device=cpu", "runtime.threads=1", "logger=none",
    ]  # fmt: skip
    assert problems(arguments) == []
    with initialize_config_dir(str(schema.config_folder()), version_base="1.3"):
        builder = Builder(compose("run", overrides=arguments))
    encoder, tuning, edit = (builder._node(name) for name in ("encoder", "tuning", "edit"))
    crops = np.random.default_rng(2).integers(0, 256, (FRAMES, SIDE, SIDE, 3), dtype=np.uint8)
    eye, nothing = np.broadcast_to(np.eye(3), (FRAMES, 3, 3)), np.zeros((FRAMES, 68, 2))
    aligned = AlignedClip(crops, np.arange(FRAMES), eye, np.zeros((FRAMES, 4, 2)), nothing, ("detected",) * FRAMES)
    pivots = encoder(aligned, Workspace())
    assert pivots.weight_offsets and pivots.codes.shape == (FRAMES, 8, 16)
    edited = edit(tuning(aligned, pivots, Workspace()), Workspace())
    assert isinstance(edited.latents, StyleSpace) and all(style.isfinite().all() for style in edited.latents.styles)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_frames_at_1024_px(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """Needs 2 GB of disk and 5.5 GB of memory; 2.5 minutes of two CPU cores, 6 of a shared one."""
    root = Path(__file__).parents[2]
    names = (*standins.CORE, "20180402-114759-vggface2.pt", "w_directions")
    weights = standins.write(tmp_path / "weights", standins.PUBLIC, names)
    settings = [
        "video.frames=2",
        "tuning=pti",
        "tuning.num_passes=2",
        "stitching=border",
        "stitching.steps.0.num_steps=2",
    ]
    line = [sys.executable, str(root / "run.py"), "model=ffhq", f"paths.weights={weights}", *settings]
    began = time.monotonic()
    done = subprocess.run(
        [*line, "logger=none", f"paths.outputs={tmp_path}/out"], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    [folder] = [path.parent for path in (tmp_path / "out").glob("*/*/status.json")]
    assert json.loads((folder / "status.json").read_text())["status"] == "complete"
    with capsys.disabled():
        sys.stdout.write(f"\n{time.monotonic() - began:.0f} s\n{(folder / 'run.log').read_text()}")
