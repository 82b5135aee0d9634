"""Plain settings against the constructors they are for."""

import os

import pytest

from stitch_exp.config.checks import about_folders, check_node, check_value
from stitch_exp.config.resolved import MISSING

FILE = "stitch_exp.video.FileVideo"
DELTA = "stitch_exp.composite.Delta"


def said(where, node):
    found = []
    check_value(where, node, found)
    return found


def of(settings, target=FILE, where="video"):
    found = []
    check_node(where, settings, target, found)
    return found


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"a": 1.5, "b": [None, "x", True]}, []),
        ({"a": float("nan")}, ["v.a=nan: use a finite number"]),
        ({"a": [1.0, float("-inf")]}, ["v.a.1=-inf: use a finite number"]),
        ({"a": {"b": MISSING}}, ["v.a.b has no value: add v.a.b=... to the command"]),
        ({"a": "x\0y"}, [r"v.a='x\x00y': a NUL character can be in no setting"]),
    ],
)
def test_numbers_that_are_none_and_values_to_be_given_are_found_at_any_depth(node, expected):
    assert said("v", node) == expected


def test_a_group_without_a_choice_is_left_to_those_who_have_words_for_it():
    assert said("", {"edit": MISSING, "x": {"y": MISSING}}) == ["x.y has no value: add x.y=... to the command"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (5, "v._target_=5: expected the dotted name of a class, such as package.module.Name"),
        ("Name", "v._target_=Name: expected the dotted name"),
        ("no_such_package_of_this_test.Name", "no_such_package_of_this_test.Name: no such package is installed"),
        ("stitch_exp.video.Nothing", "stitch_exp.video.Nothing: "),
        ("stitch_exp.nothing.Nothing", "stitch_exp.nothing.Nothing: "),
    ],
)
def test_a_target_that_is_no_class_is_said(target, expected):
    (line,) = said("v", {"_target_": target})
    assert expected in line


def test_a_target_of_others_is_not_looked_into():
    assert said("v", {"_target_": "numpy.zeros", "nonsense": 1}) == []
    assert said("v", {"_target_": MISSING}) == ["v._target_ has no value: add v._target_=... to the command"]


def test_flags_of_hydra_have_their_types():
    lines = said("v", {"_target_": "numpy.zeros", "_partial_": "yes", "_args_": 3})
    assert lines == ["v._partial_=yes: expected bool", "v._args_=3: expected list"]


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({"path": "x", "start": 0, "frames": None}, ["video.path=x: no such file or folder"]),
        ({"path": "", "start": "now", "frames": None}, ["video.start=now: expected int, got str"]),
        ({"path": ""}, [
            "video.start has no value: add video.start=... to the command",
            "video.frames has no value: add video.frames=... to the command",
        ]),
        (7, ["video=7: expected settings of FileVideo"]),
        ([1], ["video=[1]: expected settings of FileVideo"]),
    ],
)  # fmt: skip
def test_settings_of_the_wrong_type_unknown_and_missing_ones(settings, lines, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = of(settings)
    assert [line for line in found if not line.startswith("video.path=:")] == lines


def test_an_unknown_setting_is_named_with_the_nearest():
    (line,) = of({"path": os.devnull, "strat": 1, "start": 0, "frames": None})
    assert line.startswith("video.strat: FileVideo has no such setting; did you mean 'start'? (there are: path, ")


def test_ranges_of_a_class_are_told_with_the_value():
    settings = {
        "change": "edited", "feather_px": 25.0, "edge_fade": 0.7, "largest_motion": 0.5, "keep_missed": False,
        "keep_in_front": False, "keep_skin_colour": False, "paste_from": None, "paste_above": -1.0,
    }  # fmt: skip
    assert of(settings, DELTA, "composite") == [
        "composite.edge_fade=0.7: use at least 0 and at most 0.5",
        "composite.largest_motion=0.5: use at least 0 and less than 0.5",
        "composite.paste_above=-1.0: use at least 0",
    ]
    (line,) = of(
        settings | {"edge_fade": 0.1, "largest_motion": 0.1, "paste_above": 1.0, "change": "pasted"}, DELTA, "c"
    )
    assert line.startswith("c.change=pasted: expected ") and "'stitched'" in line


def test_a_name_for_a_range_is_told_as_the_number_it_is():
    (line,) = of({"keep_in_front": False, "feather_px": "wide"}, "stitch_exp.composite.Feather", "composite")
    assert line == "composite.feather_px=wide: expected float, got str"


def test_a_very_long_value_is_shortened():
    (line,) = of({"path": os.devnull, "start": "9" * 5000, "frames": None})
    assert "(5000 characters)" in line and len(line) < 250


def test_a_file_that_is_missing_is_named_with_the_nearest_in_its_folder(tmp_path):
    (tmp_path / "holiday.mp4").touch()
    (line,) = of({"path": str(tmp_path / "holyday.mp4"), "start": 0, "frames": None})
    assert line.endswith(f"no such file or folder; did you mean '{tmp_path / 'holiday.mp4'}'?")
    (line,) = of({"path": str(tmp_path / "none" / "x.mp4"), "start": 0, "frames": None})
    assert line.endswith("x.mp4: no such file or folder")


def test_a_value_to_be_given_is_complained_about_once():
    assert of({"path": MISSING, "start": 0, "frames": None}) == []


def test_folders_that_can_be_made_are_fine_and_a_file_in_the_way_is_said(tmp_path):
    (tmp_path / "file").touch()
    fine = {"paths": {"outputs": str(tmp_path / "new" / "deep"), "store": MISSING}}
    assert about_folders(fine) == [] == about_folders({}) == about_folders({"paths": {"outputs": "a\0b", "store": 3}})
    (line,) = about_folders(
        {"paths": {"outputs": str(tmp_path / "file" / "x"), "store": str(tmp_path / "file" / "x" / "s")}}
    )
    assert line == f"paths.outputs={tmp_path}/file/x: {tmp_path}/file cannot be written; name another folder"


def test_a_folder_without_the_right_to_write_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    lines = about_folders({"paths": {"outputs": str(tmp_path / "a"), "store": "/"}})
    assert (
        len(lines) == 2 and lines[0].startswith("paths.outputs=") and lines[1].startswith("paths.store=/: / cannot be")
    )
