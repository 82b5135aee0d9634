"""What the store holds, and what of it may go."""

import os
import time

import numpy as np
import pytest
from filelock import FileLock

from stitch_exp import types
from stitch_exp.store import Made, Store
from stitch_exp.store.__main__ import main
from stitch_exp.store.contents import DAY, contents
from stitch_exp.store.integrity import SEAL


def stage(source: str, work: types.Workspace) -> types.AlignedClip:
    zeros = np.zeros((1, 4, 2))
    return types.AlignedClip(
        np.zeros((1, 4, 4, 3), np.uint8), np.array([0]), np.eye(3)[None], zeros, np.zeros((1, 68, 2)), ("detected",)
    )


@pytest.fixture
def store(tmp_path):
    """Two artefacts; the second was last used 40 days ago."""
    keys = [
        Store(tmp_path, {}).make("aligner", stage, types.Workspace(), [Made("c", name, False)]).key for name in "ab"
    ]
    old = time.time() - 40 * DAY
    os.utime(tmp_path / "aligner" / keys[1] / SEAL, (old, old))
    return tmp_path, [tmp_path / "aligner" / key for key in keys]


def test_prune_removes_what_is_old_or_too_much(store, capsys):
    root, (first, second) = store
    assert main(["--folder", str(root), "prune", "--dry-run"]) == 0 and second.exists()
    assert main(["--folder", str(root), "prune"]) == 0
    assert first.exists() and not second.exists() and not second.with_suffix(".lock").exists()
    assert main(["--folder", str(root), "prune", "--at-most", "0"]) == 0
    assert contents(root) == []


def test_prune_leaves_what_a_run_uses(store, capsys):
    root, (_, second) = store
    with FileLock(second.with_suffix(".lock")):
        assert main(["--folder", str(root), "prune"]) == 1
    assert second.exists()
