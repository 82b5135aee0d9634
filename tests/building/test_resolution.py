"""How many pixels a clip's face is worth."""

import logging

import pytest
from omegaconf import OmegaConf

from stitch_exp.building import resolution
from stitch_exp.building.resolution import ENOUGH, settled


@pytest.fixture
def side(monkeypatch):
    """`side(cfg, px)` is the resolution chosen for a clip whose face is so large."""

    def chosen(cfg, face_px):
        class Glance:
            def __init__(self, cfg):
                self.cfg = cfg

            def source(self):
                return lambda: "clip"

            def stage(self, name):
                assert name == "aligner"
                return self

            def typical_side(self, clip):
                assert clip == "clip"
                return face_px

        monkeypatch.setattr(resolution, "Builder", Glance)
        return settled(cfg).model.resolution

    return chosen


def config(sides, most=1024):
    return OmegaConf.create({"model": {"resolution": most, "sides": sides}})


@pytest.mark.parametrize(
    ("face_px", "expected"),
    [(10, 256), (256, 256), (256 / ENOUGH, 256), (256 / ENOUGH + 1, 512), (512, 512), (900, 1024), (5000, 1024)],
)
def test_the_least_side_that_shows_all_of_the_face(side, face_px, expected):
    assert side(config([256, 512, 1024]), face_px) == expected


def test_sides_may_come_in_any_order(side):
    assert side(config([1024, 256, 512]), 300) == 256 and side(config([1024, 256, 512]), 400) == 512


def test_no_side_is_larger_than_what_was_asked_for(side):
    assert side(config([256, 512, 1024], most=512), 5000) == 512
    assert side(config([256, 512, 1024], most=128), 5000) == 128


@pytest.mark.parametrize("sides", [None, []])
def test_a_model_without_sides_is_not_even_looked_at(sides, monkeypatch):
    monkeypatch.setattr(resolution, "Builder", lambda cfg: pytest.fail("looked"))
    cfg = config(sides)
    assert settled(cfg) is cfg


def test_where_a_glance_finds_no_face_the_config_stays(side):
    assert side(config([256, 512]), None) == 1024


def test_the_choice_is_logged_is_final_and_leaves_the_config_that_came_in(side, caplog):
    cfg = config([256, 512])
    with caplog.at_level(logging.INFO, logger="stitch_exp"):
        assert side(cfg, 240.4) == 256
    assert "about 240 px wide: model.resolution=256" in caplog.text
    assert cfg.model.resolution == 1024 and settled(cfg).model.sides is None
