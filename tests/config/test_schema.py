"""Types of the settings that belong to no class."""

from dataclasses import fields

import pytest
import yaml
from omegaconf import OmegaConf

from stitch_exp.config import schema
from stitch_exp.config.overrides import options
from stitch_exp.errors import ConfigError


@pytest.mark.parametrize("name", ["default", "a/b", "age-2_x.y", "\u4eba\u9854", "x" * 200, "..x", "a b"])
def test_names_of_experiments_that_are_names_of_folders(name):
    assert schema.complaint_about_name(name) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "names a folder inside paths.outputs"), (".", "names a folder"), ("/tmp/x", "names a folder"),
        ("a/../../b", "names a folder"), ("..", "names a folder"), ("a:b", "becomes the name of a folder"),
        ("what?", "becomes the name"), ("a\nb", "becomes the name"), ("a\0", "becomes the name"),
        ("x" * 201, "too long"), ("\u4eba" * 70, "too long"),
    ],
)  # fmt: skip
def test_names_of_experiments_that_are_not(name, said):
    complaint = schema.complaint_about_name(name)
    assert said in complaint and "; use" in complaint


@pytest.mark.parametrize(
    ("runs", "source", "edited", "said"),
    [
        (None, None, {}, "nothing to evaluate: add runs='outputs/**', or source= and edited="),
        (None, "a", {}, "nothing to evaluate: add edited="),
        (None, None, {"edited": "b"}, "nothing to evaluate: add source="),
        ("x", "a", {}, "give either runs= or source= and edited=, not both"),
        ("x", None, {"edited2": "b"}, "give either runs= or source= and edited=, not both"),
    ],
)
def test_an_evaluation_is_of_runs_or_of_two_videos(runs, source, edited, said):
    assert schema.complaints_about_evaluation(runs, source, edited) == [said]


def test_every_missing_video_of_an_evaluation_is_named(tmp_path):
    there = tmp_path / "a.mp4"
    there.touch()
    assert schema.complaints_about_evaluation(None, str(there), {"edited": str(there)}) == []
    assert schema.complaints_about_evaluation("runs/**", None, {}) == []
    assert schema.complaints_about_evaluation(None, "gone", {"edited": str(there), "edited3": "away"}) == [
        "source=gone: no such file", "edited3=away: no such file"
    ]  # fmt: skip


def test_edited_videos_are_those_that_were_named():
    assert schema.edited_videos({"edited": None, "edited2": "x", "edited5": "y", "other": "z"}) == {
        "edited2": "x",
        "edited5": "y",
    }


def test_the_root_of_the_schema_and_of_the_yaml_have_the_same_settings():
    text = (schema.config_folder() / "run.yaml").read_text(encoding="utf-8")
    own = {key for key in yaml.safe_load(text) if key not in ("defaults", "hydra")}
    assert own <= {field.name for field in fields(schema.Root)}


@pytest.mark.parametrize("name", options("model"))
def test_a_bundle_has_the_fields_of_its_schema(name):
    bundle = yaml.safe_load((schema.config_folder() / "model" / f"{name}.yaml").read_text(encoding="utf-8"))["model"]
    known = {field.name for field in fields(schema.Model)}
    assert set(bundle) <= known


def recognisers(words):
    schema.register()
    cfg = OmegaConf.create({"paths": {"weights": "/w", "assets": "/a"}})
    return schema.recognisers(words, _root_=cfg)


def test_recognisers_are_spelled_out_in_their_order():
    found = recognisers(["faceres", "dlib"])
    assert len(found) == 2 and all("_target_" in node for node in found)
    assert found[0]._target_ != found[1]._target_
    assert recognisers("dlib")[0] == found[1] and recognisers(None) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["dlib", "nobody"],
            r"metrics\.identity=\[dlib,nobody\]: 'nobody' is no option of identity; there are: .*dlib",
        ),
        (["dlib", "dlib"], "one is named twice"),
    ],
)
def test_recognisers_that_are_unknown_or_named_twice(words, said):
    with pytest.raises(ConfigError, match=said):
        recognisers(words)
