"""Command-line overrides, read before Hydra reads them."""

import pytest

from stitch_exp.config import overrides, schema
from stitch_exp.config.overrides import hint, is_group, options, parse, unknown_options, values, words
from stitch_exp.config.validate import problems


def one(argument):
    found = []
    (item,) = parse([argument], found)
    assert found == []
    return item


def complaint(argument):
    found = []
    assert list(parse([argument], found)) == []
    return found[0]


def test_what_can_be_read_is_read_beside_what_cannot():
    found = []
    items = list(parse(["seed=1", "a b", "edit=age", "x=[1"], found))
    assert [item.key_or_group for item in items] == ["seed", "edit"] and len(found) == 2


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("edit:age", "edit:age: write edit=age"),
        ("clip.mp4", "clip.mp4: write video=file video.path=clip.mp4"),
        ("strength", "strength: write strength=VALUE"),
        ("edit.terms={age", "cannot read 'edit.terms={age': write edit.terms=VALUE, with quotes"),
        ("video.path=a (1).mp4", "video.path=a (1).mp4: no such file or folder"),
        ("source=a (1).mp4", "source=a (1).mp4: no such file or folder"),
    ],
)
def test_what_cannot_be_read_says_what_to_type(argument, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert complaint(argument).startswith(said)


def test_a_folder_and_a_file_that_exist_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shots").mkdir()
    (tmp_path / "take").touch()
    assert complaint("shots") == "shots: write video=frames video.path=shots"
    assert complaint("take") == "take: write video=file video.path=take"


@pytest.mark.parametrize(
    ("argument", "typed", "read"),
    [
        ("seed=3", ["3"], [3]), ("seed=1,2", ["1", "2"], [1, 2]), ("edit=age", ["age"], ["age"]),
        ("edit.strength=choice(1.5,2)", ["1.5", "2"], [1.5, 2]), ("x=null", ["null"], [None]),
        ("x='a,b'", ["a,b"], ["a,b"]), ("seed=range(1,4)", ["1", "2", "3"], [1, 2, 3]), ("x=interval(0,1)", [], []),
    ],
)  # fmt: skip
def test_values_as_typed_and_as_read(argument, typed, read):
    assert words(one(argument)) == typed and values(one(argument)) == read


def test_a_group_is_a_folder_of_options(tmp_path):
    place = schema.config_folder()
    assert is_group(one("edit=age"), [place]) and not is_group(one("seed=1"), [place])
    (tmp_path / "mine").mkdir()
    assert is_group(one("mine=x"), [place, tmp_path]) and not is_group(one("mine=x"), [place])


def test_options_of_several_folders_are_listed_once_and_parts_are_none(tmp_path):
    for folder, names in (("a", ("one", "_part", "two")), ("b", ("two", "three"))):
        (tmp_path / folder / "edit").mkdir(parents=True)
        for name in names:
            (tmp_path / folder / "edit" / f"{name}.yaml").touch()
    assert options("edit", [tmp_path / "a", tmp_path / "b"]) == ["one", "three", "two"]
    assert options("edit", [tmp_path]) == [] and "age" in options("edit")


def advice(argument):
    found = []
    unknown = unknown_options(one(argument), [schema.config_folder()], found)
    assert unknown == bool(found)
    return found


def test_options_that_do_not_exist_are_each_named_with_the_nearest():
    assert advice("edit=age") == []
    first, second = advice("edit=agee,age,smiel")
    assert first.startswith("edit=agee: no such option; did you mean 'age'? (there are: ") and "'smile'" in second


def test_a_clip_in_place_of_a_kind_of_video_is_understood(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.mp4").touch()
    (tmp_path / "shots").mkdir()
    assert advice("video=a.mp4") == ["video=a.mp4: no such option; write video=file video.path=a.mp4"]
    assert advice("video=shots") == ["video=shots: no such option; write video=frames video.path=shots"]


def test_no_choice_is_an_option_by_name_as_hydra_takes_no_null():
    assert advice("judge=null") == ["judge=null: no such option; write judge=none"]
    (said,) = advice("segmenter=null")
    assert said.startswith("segmenter=null: no such option (there are: ")
    assert problems(["judge=none"]) == []


def test_several_recognisers_belong_elsewhere():
    (said,) = advice("identity=[dlib,faceres]")
    assert "metrics.identity=[dlib,faceres]" in said


def test_all_known_names_are_listed_even_without_a_near_one():
    assert hint("zzz", iter(["b", "a"])) == " (there are: b, a)"
    assert hint("ab", ["abc"]) == "; did you mean 'abc'? (there are: abc)"
    assert overrides.hint("x", []) == " (there are: )"
