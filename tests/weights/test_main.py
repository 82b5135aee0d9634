"""The command line: what is there, what it costs in licences, and what it says when something is wrong."""

import io
from pathlib import Path

import pytest
import torch
import yaml
from rich.console import Console

from stitch_exp.errors import ConfigError
from stitch_exp.networks.generator_files import load_generator
from stitch_exp.weights import __main__ as command
from stitch_exp.weights import registry
from tests.weights.server import CONTENT, DIGEST, Server

ENTRY = {
    "file": "x.pt",
    "purpose": "a test",
    "sources": ["file:///nowhere"],
    "licence": "MIT",
    "licence_url": "https://example.org",
    "needed_by": ["model=x"],
}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    out = io.StringIO()
    for name in ("console", "problems"):
        monkeypatch.setattr(command, name, Console(file=out, width=200))
    return out


def run(folder: Path, *arguments: str) -> int:
    return command.main(["--folder", str(folder), *arguments])


def own_registry(folder: Path, **values: object) -> list[str]:
    (folder / "registry").mkdir()
    (folder / "registry" / "x.yaml").write_text(yaml.safe_dump(ENTRY | values))
    return ["--registry", str(folder / "registry")]


def test_list_shows_what_is_there(tmp_path: Path, said: io.StringIO) -> None:
    (tmp_path / "79999_iter.pth").write_bytes(b"x")
    (tmp_path / ".e4e_ffhq_encode.pt.part").write_bytes(b"x" * 200_000)
    assert run(tmp_path, "list") == 0
    text = said.getvalue()
    assert "present" in text and "missing" in text and "partial, 0.2 MB" in text and "CC BY-NC" in text


def test_fetch_needs_the_licence_accepted(tmp_path: Path, said: io.StringIO) -> None:
    assert run(tmp_path, "fetch", "bisenet") == 2
    assert "CelebAMask-HQ" in said.getvalue() and "--accept-licence" in said.getvalue()
    assert not list(tmp_path.iterdir())


def test_fetch_puts_the_file_in_place(tmp_path: Path, said: io.StringIO, server: Server) -> None:
    own = own_registry(tmp_path, sources=[server.address("/file")], sha256=DIGEST)
    assert run(tmp_path / "w", *own, "fetch", "x", "--accept-licence") == 0
    assert "is ready" in said.getvalue() and (tmp_path / "w" / "x.pt").read_bytes() == CONTENT
    assert run(tmp_path / "w", *own, "verify") == 0
    assert "whole" in said.getvalue() and "published" in said.getvalue()


def test_only_web_addresses_are_fetched(tmp_path: Path, said: io.StringIO) -> None:
    own = own_registry(tmp_path, sources=["file:///etc/hostname"])
    assert run(tmp_path / "w", *own, "fetch", "x", "--accept-licence") == 2
    assert "http" in said.getvalue() and not (tmp_path / "w" / "x.pt").exists()


def test_unknown_names_get_a_hint(tmp_path: Path, said: io.StringIO) -> None:
    assert run(tmp_path, "fetch", "bisenett", "--accept-licence") == 2
    assert "did you mean 'bisenet'?" in said.getvalue()


def test_verify_records_then_compares(tmp_path: Path, said: io.StringIO) -> None:
    path = tmp_path / "fs3.npy"
    path.write_bytes(b"one")
    assert run(tmp_path, "verify") == 0 and "recorded now" in said.getvalue()
    assert run(tmp_path, "verify") == 0 and "first fetch" in said.getvalue()
    path.write_bytes(b"three")
    assert run(tmp_path, "verify") == 2 and "damaged" in said.getvalue()


def test_verify_of_nothing(tmp_path: Path, said: io.StringIO) -> None:
    assert run(tmp_path, "verify") == 0 and "no weight files" in said.getvalue()


@torch.no_grad()
def test_convert_keeps_the_generator(tmp_path: Path, said: io.StringIO, golden: Path) -> None:
    (tmp_path / "g.pkl").write_bytes((golden / "nvidia_layout_mini.pkl").read_bytes())
    assert run(tmp_path, "convert", str(tmp_path / "g.pkl")) == 0
    codes = torch.randn(1, 6, 16)
    before, after = load_generator(tmp_path / "g.pkl"), load_generator(tmp_path / "g.safetensors")
    assert torch.equal(before(codes), after(codes)) and (tmp_path / "g.json").exists()
    assert run(tmp_path, "convert", str(tmp_path / "g.pkl")) == 2 and "there already" in said.getvalue()


def test_convert_refuses_what_reading_refuses(tmp_path: Path, said: io.StringIO) -> None:
    torch.save(torch.nn.Linear(1, 1), tmp_path / "x.pt")
    assert run(tmp_path, "convert", str(tmp_path / "x.pt")) == 2
    assert "refused" in said.getvalue() and not (tmp_path / "x.safetensors").exists()


def test_fetch_for_a_choice_nobody_needs_says_the_nearest(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(ConfigError, match=r"for 'model=fhq'; did you mean 'model=ffhq'\?"):
        registry.needed_for(["model=fhq"], registry.entries())
    assert run(tmp_path, "fetch") == 2
