"""Settings from Python become the words of the command line."""

from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from stitch_exp.api import compose
from stitch_exp.errors import ConfigError

PARSER = OverridesParser.create()


def back(value):
    """What Hydra reads of the word for a value."""
    override = PARSER.parse_override(compose.word("some.key", value))
    assert override.key_or_group == "some.key" and not override.is_sweep_override()
    return override.value()


# Hydra strips spaces at both ends of no quoted text; a NUL or a lone surrogate is in no name of a file.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@given(TEXTS)
def test_any_text_comes_back_as_the_text_it_was(text):
    assert back(text) == text and isinstance(back(text), str)


@pytest.mark.parametrize(
    "text",
    [
        "123",
        "1e5",
        "1_000",
        "null",
        "True",
        "NaN",
        "inf",
        "",
        " ",
        "caf\u00e9",
        "\u65e5\u672c",
        "a,b",
        "${x}",
        "x=1",
        "[1]",
        "glob(*)",
    ],
)
def test_a_text_that_looks_like_something_else_stays_a_text(text):
    assert back(text) == text


def test_plain_words_are_left_as_people_type_them():
    assert compose.words({"encoder": "e4e", "edit": "global_text", "tuning.steps": 3}) == [
        "encoder=e4e", "edit=global_text", "tuning.steps=3"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, -7, 1.5, -1e-12, 1e300, float("inf"), [], [1, 2.5, None, True], ["a b", "\u00e9", 'q"\\'],
        {}, {"smile": 1.0, "age": -2}, {"a": {"b": ["x"]}}, [[1], [2]],
    ],
)  # fmt: skip
def test_numbers_lists_and_mappings_come_back(value):
    assert back(value) == value


def test_paths_are_texts():
    assert back(Path("/tmp/a b/\u65e5")) == "/tmp/a b/\u65e5"
    assert back([Path("x.mp4")]) == ["x.mp4"] and back((1, 2)) == [1, 2]


def test_a_clip_is_a_file_a_folder_or_the_sample(tmp_path):
    assert compose.video_words(None, 2, None) == ["video=sample", "video.start=2", "video.frames=null"]
    folder = tmp_path / "\u65e5\u672c"
    folder.mkdir()
    assert compose.video_words(folder, 0, 5) == ["video=frames", f'video.path="{folder}"']
    assert compose.video_words(tmp_path / "a.mp4", 1, 5) == [
        "video=file", f'video.path="{tmp_path}/a.mp4"', "video.start=1", "video.frames=5"
    ]  # fmt: skip


def test_settings_are_checked_all_at_once():
    with pytest.raises(ConfigError) as caught:
        compose.settings(["edit=smlie", "nothing.here=1", "seed=-1"])
    assert "smlie" in str(caught.value) and "did you mean 'smile'" in str(caught.value)
    assert "nothing" in str(caught.value) and str(caught.value).count("; ") >= 2


@pytest.fixture(scope="module")
def cfg():
    return compose.settings(["model=mini", compose.word("edit.strength", -1.5), compose.word("seed", 7)])


def test_settings_are_those_of_the_command_line(cfg):
    assert (cfg.model.name, cfg.edit.strength, cfg.seed) == ("mini", -1.5, 7) and "hydra" in cfg
    own = compose.plain(cfg)
    assert "hydra" not in own and "hydra" in cfg and own.seed == 7


def test_hydra_answers_as_in_a_job_inside_and_as_before_outside(cfg, tmp_path):
    before = HydraConfig.instance().cfg
    with compose.as_a_job(cfg, tmp_path / "run") as own:
        assert HydraConfig.get().runtime.output_dir == str(tmp_path / "run")
        assert list(HydraConfig.get().overrides.task) == ["model=mini", "edit.strength=-1.5", "seed=7"]
        assert "hydra" not in own and own.seed == 7
    assert HydraConfig.instance().cfg is before
    with pytest.raises(ZeroDivisionError), compose.as_a_job(cfg, tmp_path):
        assert HydraConfig.get().runtime.output_dir == str(tmp_path)
        raise ZeroDivisionError
    assert HydraConfig.instance().cfg is before


def test_a_hydra_that_runs_already_is_set_aside_and_comes_back():
    running = object()
    GlobalHydra.instance().hydra = running
    try:
        assert compose.settings(["model=mini"]).model.name == "mini"
        assert GlobalHydra.instance().hydra is running
    finally:
        GlobalHydra.instance().hydra = None
