"""`python -m stitch_exp.store`: what is there, whether it is whole, and what goes."""

import os
import time

import numpy as np
import pytest

from stitch_exp import types
from stitch_exp.store import Made, Store
from stitch_exp.store.__main__ import main
from stitch_exp.store.contents import DAY
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


def test_list_says_sizes_and_ages(store, capsys):
    assert main(["--folder", str(store[0]), "list"]) == 0
    shown = capsys.readouterr().out
    assert "within the hour" in shown and "40 days ago" in shown and "2 artefacts" in shown


def test_verify_sets_damaged_ones_aside(store, capsys):
    root, (first, _) = store
    assert main(["--folder", str(root), "verify"]) == 0
    (first / "meta.json").write_text("{}")
    assert main(["--folder", str(root), "verify"]) == 1
    assert "1 whole, 1 damaged" in capsys.readouterr().out
    assert not first.exists() and first.with_name(f"{first.name}.damaged").is_dir()


def test_a_missing_store_is_a_wrong_command(tmp_path, capsys):
    assert main(["--folder", str(tmp_path / "none"), "list"]) == 2
    assert "give --folder" in capsys.readouterr().err
