"""Files of installed packages, found without importing them."""

import sys
from pathlib import Path

import pytest

from stitch_exp.host.installed import find


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that cannot be imported, with one file that is listed and gone."""
    info = tmp_path / "broken_thing-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-thing\nVersion: 1.0\n")
    (info / "RECORD").write_text("broken_thing/__init__.py,,\nbroken_thing/data/net.bin,,\nbroken_thing/gone.bin,,\n")
    (tmp_path / "broken_thing" / "data").mkdir(parents=True)
    (tmp_path / "broken_thing" / "__init__.py").write_text("raise ImportError('too old')\n")
    (tmp_path / "broken_thing" / "data" / "net.bin").write_bytes(b"net")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path / "broken_thing"


def test_a_file_is_found_by_its_name_alone_and_nothing_is_imported(package: Path) -> None:
    assert find("broken-thing", "net.bin") == package / "data" / "net.bin"
    assert "broken_thing" not in sys.modules


@pytest.mark.parametrize("name", ["gone.bin", "data", "other.bin"])
def test_what_is_not_there_is_not_found(package: Path, name: str) -> None:
    assert find("broken-thing", name) is None


def test_a_package_that_is_not_installed_has_no_files() -> None:
    assert find("no-such-package-anywhere", "x") is None
