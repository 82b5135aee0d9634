"""The settings of a lesson: those of the run, and what may be changed of them."""

from pathlib import Path

import pytest

from stitch_exp.app import distilling
from stitch_exp.errors import ConfigError


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text("defaults: [schema, _self_]\nseed: 3\nruntime: {threads: null}\n")
    return tmp_path


def test_a_lesson_has_the_settings_of_its_run(run: Path) -> None:
    cfg = distilling.settings(run, ["distill.num_updates=7", "distill.camera.noise=0.5", "runtime.threads=1"])
    assert (cfg.seed, cfg.distill.num_updates, cfg.distill.camera.noise, cfg.runtime.threads) == (3, 7, 0.5, 1)
    assert list(cfg.distill.shares) == [0.5, 1.0]


def test_what_cannot_be_changed_is_said(run: Path) -> None:
    with pytest.raises(ConfigError, match=r"distill\.updates=7: no such setting"):
        distilling.settings(run, ["distill.updates=7"])
    with pytest.raises(ConfigError, match="only settings of distill and runtime"):
        distilling.settings(run, ["seed=4"])
    with pytest.raises(ConfigError, match=r"no config\.yaml"):
        distilling.settings(run / "elsewhere", [])
