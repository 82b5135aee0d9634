"""`mode=live`: a finished run teaches its edit, and the whole file is edited with it, sound and all."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
import yaml
from omegaconf import OmegaConf
from rich.console import Console

from stitch_exp.app import deliver, distilling, live
from stitch_exp.config import schema
from stitch_exp.networks.live_files import LiveEdit, LiveModel, save_live
from stitch_exp.networks.live_unet import LiveUNet
from stitch_exp.video.file import FileVideo
from tests.faces.test_tracker import face_at
from tests.ops.test_detail_map import detail_map
from tests.video.made_clips import write

SIDE, SIZE, FRAMES = 32, (128, 96), 9


class Tracker:
    """Sees a face in every frame but the fourth."""

    searches = frames = 0
    likeness = 1.0

    def warm(self, height: int, width: int) -> None: ...

    def find(self, frame: np.ndarray) -> object:
        self.frames += 1
        return None if self.frames == 4 else face_at(30, 20)


def teach(run: Path, words: object, console: Console) -> list[Path]:
    torch.manual_seed(0)
    network = LiveUNet(widths=(8, 12), depths=(1, 1)).eval()
    torch.nn.init.constant_(network.head.bias, 0.5)
    model = LiveModel(network, LiveEdit(SIDE, {"age": 1.0}), detail_map(SIDE))
    save_live(model, run / distilling.NETWORK)
    return [run / distilling.NETWORK]


def test_the_whole_file_is_edited_after_a_run_on_a_part(tmp_path: Path, monkeypatch) -> None:
    source = write(tmp_path / "source.mp4", pts=range(FRAMES), size=SIZE, audio="aac")
    (tmp_path / "config.yaml").write_text("live: true\n")
    monkeypatch.setattr(distilling, "distil", teach)
    monkeypatch.setattr(live, "tracker_of", lambda cfg: Tracker())
    part = FileVideo(path=str(source), start=0, frames=3)()
    deliver.go_live(part, tmp_path, Console(quiet=True))
    figures = json.loads((tmp_path / "live_session.json").read_text())
    assert figures["frames_shown"] == FRAMES and figures["frames_with_face"] == FRAMES - 1
    edited = FileVideo(path=str(tmp_path / "live.mp4"), start=0, frames=None)()
    whole = FileVideo(path=str(source), start=0, frames=None)()
    assert len(edited.frames) == FRAMES
    changes = [np.abs(a.astype(int) - b).mean() for a, b in zip(edited.frames, whole.frames, strict=True)]
    assert min(changes[:3] + changes[5:]) > 2 * changes[3]


def test_the_mode_sets_what_the_run_reads() -> None:
    folder = schema.config_folder()
    mode = yaml.safe_load((folder / "mode" / "live.yaml").read_text())
    root = OmegaConf.structured(schema.Root)
    assert mode["live"] is True and root.live is False and mode["comparison"] is False
    assert SimpleNamespace(**yaml.safe_load((folder / "run.yaml").read_text())).live is False
