import os
import time
from pathlib import Path

import pytest

from stitch_exp import types
from stitch_exp.store import Made, Store
from stitch_exp.store.contents import DAY
from stitch_exp.store.integrity import SEAL
from tests.made_artefacts import aligned_clip


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, list[Path]]:
    """Two artefacts; the second was last used 40 days ago."""
    store = Store(tmp_path, {})
    clips = [[Made("c", name, False)] for name in "ab"]
    keys = [store.make("aligner", aligned_clip, types.Workspace(), clip).key for clip in clips]
    old = time.time() - 40 * DAY
    os.utime(tmp_path / "aligner" / keys[1] / SEAL, (old, old))
    return tmp_path, [tmp_path / "aligner" / key for key in keys]
