"""Hashes follow the content, of files and of folders."""

import hashlib
import os
from pathlib import Path

import pytest

from stitch_exp.errors import WeightsError
from stitch_exp.weights.digests import digest_of, file_digest


def test_digest_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert file_digest(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    path.write_bytes(b"abcd")
    assert file_digest(path).startswith("88d4266f")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"gone\.pt' is missing"):
        file_digest(tmp_path / "gone.pt")


def test_a_changed_file_of_the_same_length_is_hashed_anew(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    before = file_digest(path)
    path.write_bytes(b"xyz")
    os.utime(path, ns=(1, 1))
    assert file_digest(path) == hashlib.sha256(b"xyz").hexdigest() != before


def folder(root: Path, **contents: str) -> Path:
    for name, text in contents.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_folder_is_hashed_by_names_and_contents(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", a="1", sub__b="2")
    lines = [f"{hashlib.sha256(text).hexdigest()}  {name}" for text, name in ((b"1", "a"), (b"2", "sub/b"))]
    assert digest_of(one) == hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert digest_of(folder(tmp_path / "copy", sub__b="2", a="1")) == digest_of(one)


@pytest.mark.parametrize("contents", [{"a": "1", "sub__c": "2"}, {"a": "2", "sub__b": "1"}, {"a": "1", "b": "2"}])
def test_other_names_or_contents_are_another_folder(tmp_path: Path, contents: dict[str, str]) -> None:
    one = folder(tmp_path / "one", a="1", sub__b="2")
    assert digest_of(folder(tmp_path / "other", **contents)) != digest_of(one)


def test_a_file_is_hashed_as_itself(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    assert digest_of(tmp_path / "x") == hashlib.sha256(b"").hexdigest()
