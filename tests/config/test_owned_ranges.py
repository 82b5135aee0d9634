"""Settings of methods that make no sense are refused in words, before any work, all of them at once."""

import pytest

from stitch_exp.config.validate import problems

REFUSED = {
    "tuning": ["num_passes=0", "from_px=0", "render_batch=0", "checkpoint_passes=0", "updates.learning_rate=1e9",
               "updates.learning_rate=.nan", "updates.kernel_rate=-1", "updates.schedule=nope", "updates.at_least=-1",
               "frames.batch_size=0", "frames.num_keyframes=0", "frames.seed=-1", "loss.l2_weight=-1",
               "loss.perceptual_px=0", "stop.loss=-1", "stop.gain=2", "locality.weight=-1", "locality.distance=0"],
    "stitching": ["masks.mask=nope", "masks.outer_px=-1", "render_batch=0", "steps.0.sigmas_px=[-1]"],
    "edit": ["strength=.nan", "strength=.inf", "strength=1e38", "scale=.nan", "terms={smile:.inf}"],
    "composite": ["feather_px=.nan", "feather_px=-1", "largest_motion=0.5", "change=nope"],
    "encoder": ["batch_size=0"],
    "segmenter": ["threshold=1.5"],
    "perceptual": ["num_levels=0", "resize_px=0"],
    "judge": ["margin=-1"],
}  # fmt: skip
ELSEWHERE = {
    "stitching=border": ["steps.0.num_steps=0", "steps.0.learning_rate=-1", "steps.0.stop_border=.nan",
                         "steps.0.loss.distance=l3", "steps.0.loss.content_weight=-1"],
    "stitching=border_shared": ["steps.0.num_passes=0", "steps.0.num_keyframes=0", "steps.0.batch_size=0"],
    "stitching=border_solved": ["steps.0.from_px=0", "steps.0.ridge=-1"],
    "encoder=optimise": ["schedule.num_steps=0", "schedule.ramp_down=0", "updates.learning_rate=.nan",
                         "updates.batch_size=0", "num_samples=1", "perceptual_px=0"],
}  # fmt: skip
CASES = [("model=mini", [f"{group}.{item}" for item in items]) for group, items in REFUSED.items()]
CASES += [(chosen, [f"{chosen.split('=')[0]}.{item}" for item in items]) for chosen, items in ELSEWHERE.items()]


@pytest.mark.parametrize(("chosen", "settings"), CASES, ids=[settings[0] for _, settings in CASES])
def test_every_bad_value_is_named_at_once(chosen: str, settings: list[str]) -> None:
    found = problems(["model=mini", chosen, *settings] if chosen != "model=mini" else [chosen, *settings])
    missing = [item for item in settings if not any(line.startswith(item.split("=")[0]) for line in found)]
    assert not missing, found
