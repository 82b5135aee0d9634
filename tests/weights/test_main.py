"""The command line: what is there, what it costs in licences, and what it says when something is wrong."""

import io
import re
from pathlib import Path

import pytest
import torch
import yaml
from rich.console import Console

from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.networks.generator_files import load_generator
from stitch_exp.weights import __main__ as command
from stitch_exp.weights import registry
from stitch_exp.weights.convert import convert
from stitch_exp.weights.listing import overview
from stitch_exp.weights.reading import read_tensors
from tests.weights.server import CONTENT, DIGEST, Server

ENTRY = {
    "file": "x.pt",
    "purpose": "a test",
    "sources": ["file:///nowhere"],
    "licence": "MIT",
    "licence_url": "https://example.org",
    "needed_by": ["model=x"],
}


OWN_FILES = {"w_directions_sg3", "styleclip_mapper.pt", "age_and_gender"}
"""Named by the config, but of the user's choice: there is no single public file."""


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


def test_the_registry_is_complete() -> None:
    known = registry.entries()
    assert len(known) >= 20 and len({entry.file for entry in known.values()}) == len(known)
    for entry in known.values():
        assert entry.licence and entry.licence_url.startswith("https://") and entry.needed_by
        assert entry.sources or entry.note
        assert not entry.sha256 or re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
        assert all(source.startswith("https://") for source in entry.sources)


def test_every_file_of_the_bundles_is_in_the_registry() -> None:
    conf = registry.folder().parent
    text = "".join(path.read_text() for path in conf.rglob("*.yaml") if path.parent.name != "weights")
    named = set(re.findall(r"\$\{paths\.weights\}/([\w.-]+)", text)) - OWN_FILES
    assert named <= {entry.file for entry in registry.entries().values()}


def test_a_file_of_an_installed_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = registry.entries()["mobile_stylegan_ffhq"]
    monkeypatch.setattr(registry.installed, "find", lambda package, name: tmp_path / package / name)
    assert registry.place(entry, tmp_path) == tmp_path / "random-face" / "SynthesisNetwork.bin"
    (tmp_path / entry.file).touch()
    assert registry.place(entry, tmp_path) == tmp_path / entry.file
    monkeypatch.setattr(registry.installed, "find", lambda *_: None)
    assert registry.place(entry, tmp_path / "other") == tmp_path / "other" / entry.file


def test_entries_with_a_wrong_key_are_said(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("file: x\ncolour: red\n")
    with pytest.raises(WeightsError, match="colour"):
        registry.entries(tmp_path)


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


def test_convert_keeps_options_and_shared_tensors_once(tmp_path: Path) -> None:
    big = torch.randn(1000)
    content = {"state_dict": {"a": big, "b": big, "c": big[:10]}, "opts": {"encoder_type": "WEncoder"}, "step": 3}
    torch.save(content, tmp_path / "x.pt")
    tensors, metadata = read_tensors(convert(tmp_path / "x.pt"))
    assert metadata["opts"] == {"encoder_type": "WEncoder"} and metadata["origin"]["file"] == "x.pt"
    assert sorted(tensors) == ["state_dict.a", "state_dict.b", "state_dict.c"]
    assert torch.equal(tensors["state_dict.b"], big) and torch.equal(tensors["state_dict.c"], big[:10])
    assert (tmp_path / "x.safetensors").stat().st_size < 6000


def test_convert_refuses_what_reading_refuses(tmp_path: Path, said: io.StringIO) -> None:
    torch.save(torch.nn.Linear(1, 1), tmp_path / "x.pt")
    assert run(tmp_path, "convert", str(tmp_path / "x.pt")) == 2
    assert "refused" in said.getvalue() and not (tmp_path / "x.safetensors").exists()


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ("model=ffhq", "alexnet bisenet e4e_ffhq facenet_vggface2 stylegan2_ffhq w_directions"),
        ("model=ffhq encoder=psp segmenter=mediapipe", "alexnet facenet_vggface2 psp_ffhq stylegan2_ffhq w_directions"),
        ("perceptual=lpips_vgg", "vgg16"),
        ("encoder=hyperstyle", "hyperstyle_ffhq hyperstyle_w_encoder"),
        ("edit=latent_transformer", "latent_transformer"),
    ],
)
def test_files_for_a_choice(choices: str, expected: str) -> None:
    assert sorted(registry.needed_for(choices.split(), registry.entries())) == expected.split()


def test_fetch_for_a_choice_nobody_needs_says_the_nearest(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(ConfigError, match=r"for 'model=fhq'; did you mean 'model=ffhq'\?"):
        registry.needed_for(["model=fhq"], registry.entries())
    assert run(tmp_path, "fetch") == 2


def test_list_fits_80_columns(tmp_path: Path) -> None:
    text = io.StringIO()
    Console(file=text, width=80).print(overview(registry.entries().values(), tmp_path))
    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= 80 and all(name in text.getvalue() for name in registry.entries())
