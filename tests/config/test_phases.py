"""One command line that stands for two sweeps."""

import pytest

from stitch_exp.config.commandline import read
from stitch_exp.config.phases import complaints, phases


def words(*typed: str) -> list[list[str]]:
    return [command.words for command in phases(read(typed, "run"))]


def test_parts_of_a_sweep_are_made_before_it() -> None:
    assert words("-m", "edit=age,smile", "parts=3", "launcher=joblib") == [
        ["-m", "edit=age,smile", "parts=3", "part=1,2,3", "launcher=joblib"],
        ["-m", "edit=age,smile", "parts=3", "launcher=joblib"],
    ]


@pytest.mark.parametrize(
    "typed",
    [["-m", "edit=age"], ["parts=3"], ["-m", "parts=3", "part=2,3"], ["-m", "parts=1"], ["-m", "parts=null"],
     ["-m", "parts=3", "--cfg", "job"]],
)  # fmt: skip
def test_other_commands_stand_for_themselves(typed: list[str]) -> None:
    assert words(*typed) == [typed]


def test_the_last_of_several_numbers_counts() -> None:
    first, _ = words("-m", "parts=2", "++parts=4")
    assert first == ["-m", "parts=2", "++parts=4", "part=1,2,3,4"]


@pytest.mark.parametrize(
    ("typed", "parts"),
    [("hydra.sweep.dir=out", "hydra.sweep.dir=out/parts"), ("hydra.sweep.dir='o t'", "hydra.sweep.dir='o t/parts'")],
)
def test_a_named_folder_has_room_for_both(typed: str, parts: str) -> None:
    assert words("-m", "parts=2", typed) == [["-m", "parts=2", "part=1,2", parts], ["-m", "parts=2", typed]]


RUN = {"runtime": {"reuse": True}, "objective": None, "parts": None, "part": None}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"part": 2}, "part=2: of how many"),
        ({"parts": 2, "part": 3}, "only parts=2; use 1 to 2"),
        ({"parts": 2, "runtime": {"reuse": False}}, "through the store"),
        ({"parts": 2, "objective": "tl_id"}, "a search"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_runs(changed: dict, said: str) -> None:
    [found] = complaints(RUN | changed)
    assert said in found


@pytest.mark.parametrize("changed", [{}, {"parts": 2}, {"parts": 2, "part": 2}])
def test_what_fits_is_left_alone(changed: dict) -> None:
    assert complaints(RUN | changed) == []
