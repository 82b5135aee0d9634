"""A file is there whole, or as it was before."""

from pathlib import Path

import pytest

from stitch_exp.host.whole import written_whole


def test_the_file_has_its_name_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "new" / "weights.npz"
    with written_whole(path) as unfinished:
        unfinished.write_text("all of it")
        assert not path.exists() and unfinished.suffix == ".npz"
    assert path.read_text() == "all of it" and list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    path.write_text("old")
    with pytest.raises(ValueError, match="half-way"), written_whole(path) as unfinished:
        unfinished.write_text("ne")
        raise ValueError("half-way")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
