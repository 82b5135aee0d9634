"""One clip stitched by several workers: the bytes of one, and nothing missing in silence."""

import threading
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from stitch_exp.errors import ConfigError, DataError
from stitch_exp.losses.border import BorderLoss
from stitch_exp.pipeline.parts import joined, make_part, stitched
from stitch_exp.pipeline.stages import Line, Parts, Prepared, Stages
from stitch_exp.stitching.frame_tuning import FrameTuning
from stitch_exp.stitching.masks import MaskRule
from stitch_exp.stitching.membrane import Membrane
from stitch_exp.stitching.stitcher import Stitcher
from stitch_exp.store import Made, Store
from stitch_exp.types import Workspace
from tests.small_clip import CPU, clip_of, cpu_trainer, disc, moved, tiny_generator, untuned

COUNT = 19
"""Two whole batches of 8 and a rest: parts that cannot be equal."""
RULE = MaskRule(mask="union", border_px=64, inner_px=0, outer_px=128, whole_border=False)
LOSS = BorderLoss("l2", 0.01)
PUBLISHED = FrameTuning(num_steps=2, learning_rate=5e-3, carry=False, stop_border=0.0, stop_ratio=0.0, loss=LOSS)
FIELD = Membrane((128.0, 32.0))


def stitcher(*steps, share=0.3, psi=0.7):
    return Stitcher(
        steps=steps, masks=RULE, tuned_share=share, truncation_psi=psi, render_batch=4, generator=tiny_generator(),
        segmenter=disc, trainer=cpu_trainer, device=CPU,
    )  # fmt: skip


def stages(stitching):
    def never(*_):
        raise AssertionError("made by somebody else")

    return Stages(
        video=never, aligner=never, encoder=never, tuning=never, edit=lambda tuned, work: moved(COUNT),
        stitching=stitching, composite=never, metrics=never,
    )  # fmt: skip


@pytest.fixture(scope="module")
def prepared():
    generator = tiny_generator()
    frames = [np.zeros((4, 4, 3), np.uint8)] * COUNT
    made = [Made(value, name, False) for name, value in
            {"a": clip_of(generator, COUNT), "p": None, "t": untuned(generator, COUNT)}.items()]  # fmt: skip
    return Prepared(SimpleNamespace(frames=frames), *made)


def line(folder: Path, parts: Parts | None = None) -> Line:
    return Line(Store(folder, {"stitching": "s"}), Workspace(), lambda stage: nullcontext(), parts)


def whole(folder, stage, prepared, parts=None):
    here = line(folder, parts)
    return stitched(
        stages(stage), here, prepared.aligned, prepared.tuned, here.make("edit", stages(stage).edit, prepared.tuned)
    )


def seal(folder: Path, key: str) -> str:
    """Size and checksum of every file of a stitching in the store."""
    return (folder / "stitching" / key / "files.json").read_text()


@pytest.mark.parametrize(
    ("faces", "grain", "count", "expected"),
    [
        (19, 8, 2, [(0, 8), (8, 19)]),
        (19, 8, 3, [(0, 8), (8, 16), (16, 19)]),
        (19, 8, 5, [(0, 0), (0, 8), (8, 8), (8, 16), (16, 19)]),
        (32, 8, 2, [(0, 16), (16, 32)]),
        (0, 8, 2, [(0, 0), (0, 0)]),
    ],
)
def test_parts_begin_where_batches_do_and_hold_every_face_once(faces, grain, count, expected):
    assert [(part.start, part.stop) for part in Parts(count).ranges(faces, grain)] == expected


@pytest.mark.parametrize(
    "stage",
    [stitcher(PUBLISHED, FIELD), stitcher(FIELD), stitcher(share=1.0, psi=1.0)],
    ids=["published", "field", "none"],
)
def test_the_whole_has_the_bytes_of_one_worker(stage, prepared, tmp_path):
    alone = whole(tmp_path / "one", stage, prepared)
    for count in (2, 3, 5):
        parts, folder = Parts(count), tmp_path / str(count)
        for number in reversed(range(1, count + 1)):
            make_part(stages(stage), line(folder), prepared, parts, number)
        made = whole(folder, stage, prepared, parts)
        assert made.key == alone.key and seal(folder, made.key) == seal(tmp_path / "one", alone.key)
        assert [path.name for path in (folder / "stitching").iterdir() if path.is_dir()] == [made.key]


def test_a_missing_part_is_named_with_what_makes_it(prepared, tmp_path):
    parts = Parts(3, "run.py -m parts=3 part={parts}")
    make_part(stages(stitcher(FIELD)), line(tmp_path), prepared, parts, 2)
    with pytest.raises(DataError, match=r"of 3 parts .* 1,3 are not .* `run.py -m parts=3 part=1,3` makes"):
        whole(tmp_path, stitcher(FIELD), prepared, parts)
    make_part(stages(stitcher(FIELD)), line(tmp_path), prepared, parts, 1)
    make_part(stages(stitcher(FIELD)), line(tmp_path), prepared, parts, 3)
    assert len(whole(tmp_path, stitcher(FIELD), prepared, parts).value.crops) == COUNT


def test_a_part_whose_worker_was_killed_is_missing_and_can_be_made_again(prepared, tmp_path, monkeypatch):
    parts, stage = Parts(2), stitcher(FIELD)

    def killed(*_):
        raise KeyboardInterrupt

    make_part(stages(stage), line(tmp_path), prepared, parts, 1)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Stitcher, "_write", killed)
        make_part(stages(stage), line(tmp_path), prepared, parts, 2)
    with pytest.raises(DataError, match="parts of the stitching, 2 are not"):
        whole(tmp_path, stage, prepared, parts)
    make_part(stages(stage), line(tmp_path), prepared, parts, 2)
    made, alone = whole(tmp_path, stage, prepared, parts), whole(tmp_path / "one", stage, prepared)
    assert seal(tmp_path, made.key) == seal(tmp_path / "one", alone.key)


def test_a_damaged_part_is_missing(prepared, tmp_path):
    parts, stage = Parts(2), stitcher(FIELD)
    for number in (1, 2):
        make_part(stages(stage), line(tmp_path), prepared, parts, number)
    crops = sorted((tmp_path / "stitching").glob("*/crops.npy"))[0]
    crops.write_bytes(crops.read_bytes()[:-1] + b"x")
    with pytest.raises(DataError, match="are not in the store"):
        whole(tmp_path, stage, prepared, parts)


def test_two_workers_at_once_make_each_part_once(prepared, tmp_path, monkeypatch):
    made, parts, stage = [], Parts(2), stitcher(FIELD)
    part = Stitcher.part
    monkeypatch.setattr(Stitcher, "part", lambda self, *given: (made.append(given[3]), part(self, *given))[1])
    workers = [
        threading.Thread(target=make_part, args=(stages(stage), line(tmp_path), prepared, parts, number))
        for number in (1, 2, 1, 2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(item.start for item in made) == [0, 8]
    assert len(whole(tmp_path, stage, prepared, parts).value.crops) == COUNT


def test_a_part_of_what_is_whole_is_not_made(prepared, tmp_path, monkeypatch):
    whole(tmp_path, stitcher(FIELD), prepared)
    monkeypatch.setattr(Stitcher, "part", None)
    assert make_part(stages(stitcher(FIELD)), line(tmp_path), prepared, Parts(2), 1) == slice(0, 8)


def test_steps_that_need_all_frames_are_refused(prepared, tmp_path):
    carried = replace(PUBLISHED, carry=True)
    with pytest.raises(ConfigError, match="step FrameTuning works on all frames together"):
        make_part(stages(stitcher(carried)), line(tmp_path), prepared, Parts(2), 1)
    with pytest.raises(ConfigError, match="leave parts= out"):
        whole(tmp_path, stitcher(carried), prepared, Parts(2))


def test_what_a_part_does_not_have_the_whole_has_not(prepared):
    found = stitcher(FIELD)(prepared.aligned.value, prepared.tuned.value, moved(COUNT), Workspace())
    assert joined([replace(found, edited_head=None)] * 2, Workspace()).edited_head is None
