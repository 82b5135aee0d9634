"""What `list` and `verify` say of each file."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from stitch_exp.weights import registry
from stitch_exp.weights.ledger import Ledger
from stitch_exp.weights.listing import check, human, overview, state
from tests.weights.made_entry import entry


def test_list_fits_80_columns(tmp_path: Path) -> None:
    text = io.StringIO()
    Console(file=text, width=80).print(overview(registry.entries().values(), tmp_path))
    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= 80 and all(name in text.getvalue() for name in registry.entries())


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (None, "?"),
        (0, "0 B"),
        (99_999, "99,999 B"),
        (100_000, "0.1 MB"),
        (1_450_000, "1.4 MB"),
        (2_500_000_000, "2.50 GB"),
    ],
)
def test_sizes_for_people(size: int | None, text: str) -> None:
    assert human(size) == text


def test_the_state_of_a_file(tmp_path: Path) -> None:
    assert "missing" in state(entry(), tmp_path)
    (tmp_path / ".x.pt.part").write_bytes(b"x" * 12)
    assert "partial, 12 B" in state(entry(), tmp_path)
    (tmp_path / "x.pt").touch()
    assert "present" in state(entry(), tmp_path)


def shown(folder: Path, **values: object) -> str:
    out = io.StringIO()
    Console(file=out, width=80).print(overview([entry(**values)], folder))
    return out.getvalue()


def test_a_file_that_is_there_shows_its_own_size(tmp_path: Path) -> None:
    assert "500,000" not in shown(tmp_path, size=50_000) and "50,000 B" in shown(tmp_path, size=50_000)
    (tmp_path / "x.pt").write_bytes(b"abc")
    assert "3 B" in shown(tmp_path, size=50_000) and "50,000" not in shown(tmp_path, size=50_000)


def test_brackets_in_an_entry_are_no_markup(tmp_path: Path) -> None:
    assert "[red]" in shown(tmp_path, licence="MIT [red]", file="x[1].pt")


def test_only_what_is_there_is_checked(tmp_path: Path) -> None:
    (tmp_path / "b.pt").write_bytes(b"b")
    files = [entry(name=name, file=f"{name}.pt") for name in "ab"]
    assert [(found.name, wrong) for found, wrong, _ in check(files, tmp_path)] == [("b", "")]


def test_a_published_hash_is_never_replaced_by_a_recorded_one(tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(b"abc")
    published = entry(sha256="0" * 64)
    ((_, wrong, against),) = check([published], tmp_path)
    assert wrong.endswith(f"not {'0' * 64}") and against == "the published hash"
    assert Ledger(tmp_path).hashes() == {}
    check([replace(published, sha256=None)], tmp_path)
    assert Ledger(tmp_path).hashes()["x.pt"].startswith("ba7816bf")


def test_a_file_that_fails_its_known_digits_is_not_recorded(tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(b"abc")
    ((_, wrong, _),) = check([entry(sha256_prefix="1234")], tmp_path)
    assert "should begin with 1234" in wrong and Ledger(tmp_path).hashes() == {}
