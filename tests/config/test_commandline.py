"""Names of files are taken as they stand, whatever characters they hold."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from stitch_exp.config.commandline import literal, quoted, read
from stitch_exp.errors import ConfigError

NAMES = [
    "a (1).mp4", "a[1].mp4", "it's.mp4", "a#b.mp4", "a&b.mp4", "{a}.mp4", "a=b.mp4", "a,b.mp4", "a!.mp4", "ü.mp4",
    "映像.mp4", "a b.mp4",
    "${x}.mp4", "back\\slash.mp4", "quote\\'.mp4", "2024", "true", "null", "1e5", "a:b.mp4", "~x.mp4",
    "end\\", "%41.mp4", "*.mp4", "a\"b.mp4",
]  # fmt: skip


def meant(argument):
    value = OverridesParser.create().parse_override(argument).value()
    return str(value).replace("\\${", "${")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_named_as_it_is(tmp_path, monkeypatch, name):
    (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    argument = literal(f"video.path={name}")
    assert not OverridesParser.create().parse_override(argument).is_sweep_override()
    assert meant(argument) == name


def test_two_files_are_a_sweep(tmp_path, monkeypatch):
    for name in ("a (1).mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert literal("source=a (1).mp4,b.mp4") == "source='a (1).mp4','b.mp4'"


def test_what_names_no_file_is_left_alone(tmp_path, monkeypatch):
    (tmp_path / "2.5").write_bytes(b"x")
    (tmp_path / "age").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    for argument in ("edit.strength=2.5", "edit=age", "video.path=no(1).mp4", "edit.terms={age:4}", "-m"):
        assert literal(argument) == argument


@pytest.mark.parametrize("text", ["a'b", "a\\", "\\'", "a\\'b", ""])
def test_quotes_are_undone_by_hydra(text):
    assert meant(f"x={quoted(text)}") == text


def test_flags_and_settings_are_told_apart(tmp_path):
    command = read(["-m", "edit=age", "--config-dir", str(tmp_path)], "run")
    assert (command.overrides, command.sweeps, command.more, command.shows) == (["edit=age"], True, (tmp_path,), False)
    assert read(["--cfg", "job"], "run").shows


def test_the_record_of_a_run_is_a_root_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path.parent)
    command = read(["--config-path", tmp_path.name, "--config-name", "config"], "run")
    assert (command.folder, command.config) == (tmp_path, "config")
    assert str(tmp_path) in command.words and "--config-dir" in command.words


def test_a_missing_folder_is_said():
    with pytest.raises(ConfigError, match="no such folder"):
        read(["--config-path", "/nowhere"], "run")
