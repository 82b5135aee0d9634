"""What the store holds, and what of it may go."""

import os
import shutil
import time
from pathlib import Path

import pytest
from filelock import FileLock

from stitch_exp.store.__main__ import main
from stitch_exp.store.contents import DAY, Kept, contents, damages, remove, superfluous
from stitch_exp.store.integrity import SEAL


def test_prune_removes_what_is_old_or_too_much(kept, capsys):
    root, (first, second) = kept
    assert main(["--folder", str(root), "prune", "--dry-run"]) == 0 and second.exists()
    assert main(["--folder", str(root), "prune"]) == 0
    assert first.exists() and not second.exists() and not second.with_suffix(".lock").exists()
    assert main(["--folder", str(root), "prune", "--at-most", "0"]) == 0
    assert contents(root) == []


def test_prune_leaves_what_a_run_uses(kept, capsys):
    root, (_, second) = kept
    with FileLock(second.with_suffix(".lock")):
        assert main(["--folder", str(root), "prune"]) == 1
    assert second.exists()


def kept(name, size, age, state="complete"):
    return Kept("aligner", Path(name), state, size, age)


ITEMS = [kept("new", 10, 0.0), kept("used", 20, 5.0), kept("old", 40, 31.0), kept("bad", 80, 0.0, "damaged")]


@pytest.mark.parametrize(
    ("older_than", "at_most", "gone"),
    [
        (30.0, None, ["old", "bad"]),
        (31.0, None, ["bad"]),  # as old as the limit is not older
        (0.0, None, ["used", "old", "bad"]),
        (1000.0, None, ["bad"]),
        (1000.0, 70, ["bad"]),  # what is damaged does not count
        (1000.0, 69, ["bad", "old"]),
        (1000.0, 29, ["bad", "old", "used"]),
        (1000.0, 0, ["bad", "old", "used", "new"]),
    ],
)
def test_first_damaged_and_old_ones_go_then_the_least_used_until_the_rest_fits(older_than, at_most, gone):
    assert [item.folder.name for item in superfluous(ITEMS, older_than, at_most)] == gone


def test_an_unfinished_artefact_that_was_touched_lately_stays():
    assert superfluous([kept("k.partial", 10, 0.1, "unfinished")], 30.0, None) == []
    assert len(superfluous([kept("k.partial", 10, 40.0, "unfinished")], 30.0, None)) == 1


def test_states_sizes_and_stages_are_read_off_the_folders(tmp_path):
    for place, size in (("aligner/a", 3), ("aligner/b.partial/scratch", 5), ("tuning/c.damaged1", 7), ("tuning/d", 0)):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "x").write_bytes(bytes(size))
    (tmp_path / "aligner" / "a.lock").touch()
    (tmp_path / "loose file").touch()
    found = {item.folder.name: (item.stage, item.state, item.size) for item in contents(tmp_path)}
    assert found == {
        "a": ("aligner", "complete", 3), "b.partial": ("aligner", "unfinished", 5),
        "c.damaged1": ("tuning", "damaged", 7), "d": ("tuning", "complete", 0),
    }  # fmt: skip
    assert contents(tmp_path / "none") == []


def test_the_age_is_that_of_the_seal_and_never_negative(kept):
    root, (first, second) = kept
    ahead = time.time() + 5 * DAY
    os.utime(first / SEAL, (ahead, ahead))
    ages = {item.folder: item.age for item in contents(root)}
    assert ages[first] == 0.0 and ages[second] == pytest.approx(40, abs=0.1)
    assert [item.folder for item in contents(root)] == [first, second]


def test_damages_are_told_of_complete_ones_only(kept):
    root, (first, _) = kept
    (first / "meta.json").unlink()
    (root / "aligner" / "x.partial").mkdir()
    found = {item.folder.name: wrong for item, wrong in damages(contents(root))}
    assert sorted(map(str, found.values())) == ["None", "meta.json is gone"] and len(found) == 2


def test_a_lock_that_an_unfinished_attempt_needs_stays(kept):
    root, (first, _) = kept
    first.with_suffix(".partial").mkdir()
    (item,) = [item for item in contents(root) if item.folder == first]
    assert remove(item) and not first.exists() and first.with_suffix(".lock").exists()


def test_what_cannot_be_removed_is_said_and_costs_the_others_nothing(kept, capsys, monkeypatch):
    root, (first, second) = kept
    real = shutil.rmtree

    def refused(folder, *more, **options):
        if folder == first:
            raise PermissionError(13, "Permission denied")
        return real(folder, *more, **options)

    monkeypatch.setattr(shutil, "rmtree", refused)
    assert main(["--folder", str(root), "prune", "--older-than", "-1"]) == 1
    said = capsys.readouterr()
    assert f"{first} cannot be removed: Permission denied" in said.err and "1 stay" in said.err
    assert "removed 1 artefacts" in said.out and first.exists() and not second.exists()
