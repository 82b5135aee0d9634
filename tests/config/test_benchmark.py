"""`benchmark=stit-gt-1`: the same clips for everybody, and one command."""

import pytest
from hydra import compose, initialize_config_dir

from stitch_exp.building.builder import Builder
from stitch_exp.config import schema, validate
from stitch_exp.config.overrides import options
from stitch_exp.errors import ConfigError
from stitch_exp.weights.reading import read_tensors

CLIPS = [name for name in options("video") if name.startswith("gt1_")]


def composed(*overrides):
    schema.register()
    with initialize_config_dir(str(schema.config_folder()), version_base="1.3"):
        return compose("run", overrides=list(overrides), return_hydra_config=True)


def test_the_set_names_every_clip_and_its_digest():
    cfg = composed("benchmark=stit-gt-1")
    assert sorted(cfg.hydra.sweeper.params.video.split(",")) == sorted(cfg.digests) == CLIPS
    assert cfg.metrics.names[0] == "truth" and (cfg.model.resolution, cfg.model.sides) == (256, None)
    assert all(len(digest) == 64 for digest in cfg.digests.values())


@pytest.mark.parametrize("clip", CLIPS)
def test_a_clip_must_be_the_one_of_the_set_and_its_directions_are_known(clip):
    cfg = composed("benchmark=stit-gt-1", f"video={clip}")
    assert cfg.video.digest == cfg.digests[clip]
    assert set(cfg.video.amplitudes) | set(cfg.video.blinks) <= set(read_tensors(cfg.video.directions)[0])
    assert composed(f"video={clip}").video.digest is None


def test_the_first_clip_is_what_its_digest_says():
    missing = validate.problems(["benchmark=stit-gt-1"])
    if missing:
        pytest.skip(missing[0])
    cfg = composed("benchmark=stit-gt-1", "video=gt1_talk")
    assert Builder(cfg).source()().digest == cfg.digests.gt1_talk


def test_another_model_makes_another_clip_and_is_told_so():
    cfg = composed("benchmark=stit-gt-1", "model=mini", "model.resolution=128")
    with pytest.raises(ConfigError, match=r"video\.digest: .*model\.resolution=128 make another clip"):
        Builder(cfg).source()


@pytest.mark.parametrize("name", ["ablation", "paper_table"])
def test_the_experiments_of_the_paper_compose_in_every_arm_on_six_clips(name):
    sweep = composed(f"experiment={name}").hydra.sweeper.params
    clips = sweep.video.split(",")
    assert len(clips) == 6
    for arm, clip in zip(sweep.arm.split(","), clips, strict=False):
        cfg = composed(f"experiment={name}", f"arm={arm}", f"video={clip}")
        assert list(cfg.model.sides) == [256] and cfg.model.name == "ffhq_mobile"
    every = [f"experiment={name}", "model=mini", f"arm={sweep.arm}", f"video={sweep.video}"]
    assert validate.problems(every) == []


def test_the_arms_tune_as_the_model_asks():
    for arm in ("stit", "pti"):
        tuned = {model: composed(f"model={model}", f"arm={arm}").tuning.num_passes for model in ("mini", "ffhq_mobile")}
        assert tuned == {"mini": 12, "ffhq_mobile": 4}
