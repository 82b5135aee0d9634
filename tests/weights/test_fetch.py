"""Transfers against a local server that breaks off, redirects, asks to confirm, or sends a page instead of the file."""

import json
from pathlib import Path

import pytest

from stitch_exp.errors import StorageError, WeightsError
from stitch_exp.weights import fetch as fetching
from stitch_exp.weights.fetch import fetch
from stitch_exp.weights.registry import WeightFile
from tests.weights.server import CONTENT, DIGEST, Server


def entry(server: Server, *paths: str, **values: object) -> WeightFile:
    sources = tuple(server.address(path) for path in paths)
    known = {"file": "x.pt", "purpose": "a test", "licence": "MIT", "licence_url": "", "needed_by": ()}
    return WeightFile(name="x", sources=sources, **(known | values))


def get(wanted: WeightFile, folder: Path) -> Path:
    return fetch(wanted, folder, lambda done, total: None, lambda text: None, pause_seconds=0.0)


def test_a_file_gets_its_name_when_its_hash_is_right(server: Server, tmp_path: Path) -> None:
    path = get(entry(server, "/file", sha256=DIGEST, size=len(CONTENT)), tmp_path / "weights")
    assert path.read_bytes() == CONTENT
    assert sorted(item.name for item in path.parent.iterdir()) == [".x.pt.lock", "weights.lock.json", "x.pt"]
    assert json.loads((path.parent / "weights.lock.json").read_text())["x.pt"]["sha256"] == DIGEST
    get(entry(server, "/missing", sha256=DIGEST), path.parent)
    assert len(server.seen) == 1, "a whole file is not fetched again"


def test_redirects_are_followed(server: Server, tmp_path: Path) -> None:
    assert get(entry(server, "/moved", sha256=DIGEST), tmp_path).read_bytes() == CONTENT


def test_a_broken_transfer_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.breaks = 2
    assert get(entry(server, "/broken", sha256=DIGEST), tmp_path).read_bytes() == CONTENT
    half = len(CONTENT) // 2
    assert [asked for _, asked in server.seen] == [None, f"bytes={half}-", f"bytes={half + half // 2}-"]


def test_a_later_run_goes_on_too(server: Server, tmp_path: Path) -> None:
    server.breaks = 5
    with pytest.raises(WeightsError, match="bytes are kept, run the command again"):
        get(entry(server, "/broken", sha256=DIGEST), tmp_path)
    assert not (tmp_path / "x.pt").exists()
    assert get(entry(server, "/broken", sha256=DIGEST), tmp_path).read_bytes() == CONTENT
    assert server.seen[-1][1] is not None


def test_a_file_that_changed_meanwhile_is_begun_anew(server: Server, tmp_path: Path) -> None:
    server.breaks = 5
    with pytest.raises(WeightsError):
        get(entry(server, "/broken"), tmp_path)
    server.tag = '"2"'
    assert get(entry(server, "/broken"), tmp_path).read_bytes() == CONTENT


def test_a_wrong_hash_is_refused_and_the_file_removed(server: Server, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="sent another file: its SHA-256 is"):
        get(entry(server, "/other", sha256=DIGEST), tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == [".x.pt.lock"]


@pytest.mark.parametrize("values", [{"sha256_prefix": "00000000"}, {"size": 7}])
def test_known_prefix_and_size_are_checked(server: Server, tmp_path: Path, values: dict) -> None:
    with pytest.raises(WeightsError, match="removed"):
        get(entry(server, "/file", **values), tmp_path)
    assert not (tmp_path / "x.pt").exists()


def test_the_first_hash_is_recorded_and_binds_later_fetches(server: Server, tmp_path: Path) -> None:
    get(entry(server, "/file"), tmp_path).unlink()
    with pytest.raises(WeightsError, match=DIGEST):
        get(entry(server, "/other"), tmp_path)


def test_the_next_source_is_tried(server: Server, tmp_path: Path) -> None:
    path = get(entry(server, "/missing", "/quota", "/other", "/file", sha256=DIGEST), tmp_path)
    assert path.read_bytes() == CONTENT


def test_a_quota_page_is_said(server: Server, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"\(1\) .*web page.*too many people.*\(2\) .*404.*put the file"):
        get(entry(server, "/quota", "/missing"), tmp_path)
    assert not (tmp_path / "x.pt").exists()


def test_a_confirmation_page_is_passed_and_the_transfer_resumed_behind_it(server: Server, tmp_path: Path) -> None:
    server.breaks = 1
    assert get(entry(server, "/drive", sha256=DIGEST), tmp_path).read_bytes() == CONTENT
    assert server.seen[-1][1] == f"bytes={len(CONTENT) // 2}-"


def test_pages_that_only_lead_to_pages_end(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "stitch_exp.weights.transfer.confirmed_address", lambda page, address: address.replace("loop", "drive")
    )
    with pytest.raises(WeightsError, match="web page"):
        get(entry(server, "/loop"), tmp_path)
    assert len(server.seen) == 2


def test_compressed_files_are_unpacked(server: Server, tmp_path: Path) -> None:
    assert get(entry(server, "/bz2", unpack="bz2", sha256=DIGEST), tmp_path).read_bytes() == CONTENT


def test_a_folder_is_taken_out_of_an_archive(server: Server, tmp_path: Path) -> None:
    path = get(entry(server, "/zip", file="w", unpack="folder:a/directions"), tmp_path / "weights")
    assert [item.name for item in path.iterdir()] == ["age.npy"] and (path / "age.npy").read_bytes() == b"age"
    assert not list(tmp_path.rglob("evil.npy"))
    with pytest.raises(WeightsError, match="no folder"):
        get(entry(server, "/zip", file="v", unpack="folder:b"), tmp_path)


def test_a_damaged_file_in_place_is_said(server: Server, tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(b"no")
    with pytest.raises(WeightsError, match="damaged or another version"):
        get(entry(server, "/file", sha256=DIGEST), tmp_path)


def test_a_full_disk_is_said_before_anything_is_fetched(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 1000}))
    with pytest.raises(StorageError, match="Free some space"):
        get(entry(server, "/file", size=len(CONTENT)), tmp_path)
    assert not server.seen


def test_what_no_program_can_fetch_is_said(server: Server, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="by hand"):
        get(entry(server, note="Fetch it by hand."), tmp_path)


def test_nobody_answers(tmp_path: Path, server: Server) -> None:
    unreachable = entry(server, "/file")
    server.shutdown()
    server.server_close()
    with pytest.raises(WeightsError, match=r"broke off 5 times .*refused"):
        get(unreachable, tmp_path)


@pytest.mark.parametrize("note", ["", "{", "[]", '{"url": 1}', "\udcff"])
def test_a_note_that_was_cut_short_begins_the_file_anew(server: Server, tmp_path: Path, note: str) -> None:
    (tmp_path / ".x.pt.part").write_bytes(b"half of another file")
    (tmp_path / ".x.pt.part.origin").write_bytes(note.encode("utf-8", "surrogateescape"))
    assert get(entry(server, "/file", sha256=DIGEST), tmp_path).read_bytes() == CONTENT
    assert server.seen[0][1] is None, "nothing was taken for a beginning"


def test_a_folder_that_cannot_be_written_is_said(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".x.pt.lock").mkdir()
    with pytest.raises(
        StorageError, match=r"nothing can be written to the weights folder .*give another with --folder"
    ):
        get(entry(server, "/file"), tmp_path)
    assert not server.seen
