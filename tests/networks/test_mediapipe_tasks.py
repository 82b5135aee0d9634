import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stitch_exp.errors import WeightsError
from stitch_exp.networks.mediapipe_tasks import ASSETS, SHA256, model_bytes


def test_every_shipped_model_is_the_published_one_and_has_its_licence_beside_it() -> None:
    assert {path.name for path in ASSETS.iterdir()} == {*SHA256, "LICENSE", "README.md"}
    assert all(model_bytes(name) for name in SHA256)
    assert "Apache License" in (ASSETS / "LICENSE").read_text()


def test_a_damaged_or_missing_model_is_refused(tmp_path: Path) -> None:
    name = "selfie_segmentation.tflite"
    with pytest.raises(WeightsError, match=r"selfie_segmentation\.tflite' cannot be read \(No such file"):
        model_bytes(name, tmp_path)
    shutil.copy(ASSETS / name, tmp_path / name)
    content = bytearray((tmp_path / name).read_bytes())
    content[1000] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=r"is damaged: its sha256 starts with .*, not 9ee168ec7c8f"):
        model_bytes(name, tmp_path)


def test_a_task_that_lives_until_the_end_says_nothing() -> None:
    code = (
        "from stitch_exp.networks.mediapipe_tasks import Task\n"
        "kept = Task('FaceDetector', 'face_detection_full_range_sparse.tflite')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""
