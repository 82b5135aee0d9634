"""Every preset composes, is valid, and says what it asks and how to run it."""

from importlib.util import find_spec

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from stitch_exp.config import schema, validate
from stitch_exp.config.overrides import options


@pytest.fixture(autouse=True)
def composing():
    schema.register()
    with initialize_config_dir(str(schema.config_folder()), version_base="1.3"):
        yield


PRESETS = [name for name in options("experiment") if name != "search" or find_spec("optuna")]
"""The search needs the extra `optuna`."""


def sweep_of(name):
    cfg = compose("run", overrides=[f"experiment={name}"], return_hydra_config=True)
    return {key: str(words).split(",") for key, words in cfg.hydra.sweeper.params.items()}


@pytest.mark.parametrize("name", PRESETS)
def test_the_last_cell_of_a_preset_composes(name):
    sweep = sweep_of(name)
    assert sweep
    chosen = [f"{key}={words[-1]}" for key, words in sweep.items() if key != "arm"]
    cfg = compose("run", overrides=[f"experiment={name}", *chosen])
    assert cfg.experiment_name == name
    OmegaConf.to_container(cfg, resolve=True)
    for group in ("arm", "video"):
        assert set(sweep.get(group, [])) <= set(options(group))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_opens_with_question_command_and_expectation(name):
    text = (schema.config_folder() / "experiment" / f"{name}.yaml").read_text()
    for word in ("# Question:", f"# Command:  python run.py -m experiment={name}", "# Expected:"):
        assert word in text


@pytest.mark.parametrize("arm", options("arm"))
def test_arms_change_what_they_say(arm):
    cfg = compose("run", overrides=[f"arm={arm}"], return_hydra_config=True)
    text = (schema.config_folder() / "arm" / f"{arm}.yaml").read_text()
    for group in ("encoder", "tuning", "stitching", "composite", "edit"):
        if f"override /{group}:" in text:
            assert f"override /{group}: {cfg.hydra.runtime.choices[group]}\n" in text


def test_the_ablation_changes_one_thing_at_a_time():
    full = compose("run", overrides=["experiment=ablation", "arm=full"])
    changed = {
        "without_smoothing": {"aligner"},
        "without_encoder": {"encoder", "tuning"},  # whose search would bring the pivots back
        "without_pti": {"tuning"},
        "without_stitching": {"stitching"},
        "delta_composite": {"composite"},
    }
    for arm, groups in changed.items():
        other = compose("run", overrides=["experiment=ablation", f"arm={arm}"])
        assert {key for key in full if OmegaConf.is_config(full[key]) and full[key] != other[key]} == groups


def test_a_mistyped_arm_is_named():
    from hydra.core.global_hydra import GlobalHydra

    GlobalHydra.instance().clear()
    assert "did you mean 'without_pti'" in validate.problems(["arm=without_ptti"])[0]
