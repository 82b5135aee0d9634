"""docs/wandb-sweep.yaml: what an agent would type is a command line that run.py takes."""

import itertools

import pytest
import yaml

from stitch_exp.config.schema import PROJECT
from stitch_exp.config.validate import problems
from stitch_exp.measures.catalogue import QUANTITIES

SWEEP = yaml.safe_load((PROJECT / "docs" / "wandb-sweep.yaml").read_text())
FIXED = [word for word in SWEEP["command"] if "=" in word]


def ends(parameter: dict) -> list:
    return parameter.get("values") or [parameter["min"], parameter["max"]]


@pytest.mark.parametrize("values", itertools.product(*map(ends, SWEEP["parameters"].values())))
def test_the_ends_of_every_parameter_are_accepted(values: tuple) -> None:
    tried = [f"{name}={value}" for name, value in zip(SWEEP["parameters"], values, strict=True)]
    assert problems([*FIXED, *tried, "logger.mode=offline"]) == []


def test_the_metric_is_measured_and_its_goal_is_its_better_direction() -> None:
    metric = SWEEP["metric"]
    assert {"lower": "minimize", "higher": "maximize"}[QUANTITIES[metric["name"]].better] == metric["goal"]
    assert (PROJECT / SWEEP["program"]).is_file() and SWEEP["command"][-1] == "${args_no_hyphens}"
