"""The hashes of the first fetch, beside the weights."""

import json
from datetime import date
from pathlib import Path

import pytest

from stitch_exp.errors import WeightsError
from stitch_exp.weights.ledger import NAME, Ledger, mismatch, size_of
from tests.weights.made_entry import entry

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""SHA-256 of `abc`, of FIPS 180-2."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "x.pt").write_bytes(b"abc")
    return tmp_path / "x.pt"


def test_nothing_is_known_of_an_empty_folder(tmp_path: Path) -> None:
    assert Ledger(tmp_path).hashes() == {}


def test_a_note_says_what_and_from_where(path: Path) -> None:
    Ledger(path.parent).record(entry(), path, "https://example.org")
    note = json.loads((path.parent / NAME).read_text())["x.pt"]
    assert date.fromisoformat(note.pop("recorded")) and note == {
        "sha256": ABC, "size": 3, "source": "https://example.org", "licence": "MIT"
    }  # fmt: skip


def test_notes_of_other_files_are_kept(path: Path) -> None:
    ledger = Ledger(path.parent)
    ledger.record(entry(), path, "here")
    ledger.record(entry(file="b.pt"), path, "there")
    path.write_bytes(b"changed")
    ledger.record(entry(file="b.pt"), path, "there")
    hashes = Ledger(path.parent).hashes()
    assert hashes["x.pt"] == ABC != hashes["b.pt"]


@pytest.mark.parametrize("text", ["{", "[]", '"text"', '{"x.pt": "abc"}', '{"x.pt": {"size": 3}}', "\udcff"])
def test_a_damaged_ledger_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(WeightsError, match=rf"{NAME}' .*; delete it, it will be made anew"):
        Ledger(tmp_path).hashes()


def test_size_of_a_folder_is_that_of_its_files(path: Path) -> None:
    (path.parent / "below").mkdir()
    (path.parent / "below" / "y").write_bytes(b"12345")
    assert size_of(path) == 3 and size_of(path.parent) == 8


def test_a_published_hash_decides_over_a_recorded_one(path: Path) -> None:
    assert mismatch(entry(sha256=ABC, size=3), path, "f" * 64) == ""
    assert mismatch(entry(), path, ABC) == "" and mismatch(entry(), path, None) == ""
    assert mismatch(entry(), path, "f" * 64) == f"its SHA-256 is {ABC}, not {'f' * 64}"


def test_without_a_hash_first_digits_and_size_count(path: Path) -> None:
    assert mismatch(entry(sha256_prefix="ba78", size=3), path, None) == ""
    assert mismatch(entry(sha256_prefix="0000"), path, None).endswith("which should begin with 0000")
    assert mismatch(entry(size=1_000_000), path, None) == "it has 3 bytes, not 1,000,000"


def test_a_folder_has_no_size_to_compare(path: Path) -> None:
    assert mismatch(entry(size=1), path.parent, None) == ""
