"""The W&B run of an evaluation, read back from its offline file."""

import json
import struct
from fractions import Fraction

import numpy as np
import pytest
import wandb

from stitch_exp.report import evaluation_run
from stitch_exp.report.table import Entry, build
from stitch_exp.tracking.wandb_run import start_run
from stitch_exp.types import Clip, MetricResult
from stitch_exp.video import write_video

LOGGER = {"project": "p", "entity": None, "mode": "offline", "tags": ["t"]}


class Frames(list):
    pass


def finished(folder, value):
    folder.mkdir(parents=True)
    frames = Frames(np.full((32, 64, 3), 40 * t, np.uint8) for t in range(5))
    write_video(Clip("c", frames, 32, 64, Fraction(25), np.arange(5), Fraction(1, 25)), folder / "comparison.mp4")
    for name in ("edited.mp4", "metrics.json", "frames.csv", "report.html", "secret.txt"):
        (folder / name).write_text(name)
    (folder / "evaluated" / "arcface").mkdir(parents=True)
    (folder / "evaluated" / "arcface" / "metrics.json").write_text("{}")
    return Entry(f"edit={folder.name}", "d" * 8, (MetricResult("psnr", value, "dB", "higher"),)), folder


def pieces(data):
    """Payloads of a LevelDB log after W&B's 7 bytes of header: blocks of 32 KiB, parts of (checksum, length, kind)."""
    position, part = 7, b""
    while position + 7 <= len(data):
        room = 32768 - position % 32768
        if room < 7:
            position += room
            continue
        length, kind = struct.unpack("<HB", data[position + 4 : position + 7])
        part += data[position + 7 : position + 7 + length]
        position += 7 + length
        if kind in (1, 4):
            yield part
            part = b""


def records(folder):
    """What W&B will upload, in order."""
    from wandb.proto.wandb_internal_pb2 import Record

    [path] = folder.glob("wandb/offline-run-*/*.wandb")
    found = []
    for data in pieces(path.read_bytes()):
        found.append(Record())
        found[-1].ParseFromString(data)
    return found


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path / "staging"))
    runs = [finished(tmp_path / "runs" / name, value) for name, value in (("age", 20.0), ("smile", float("nan")))]
    folder = tmp_path / "evaluation"
    folder.mkdir()
    (folder / "benchmark.csv").write_text("method")
    run = start_run(folder, LOGGER, folder.name, job_type="evaluation")
    evaluation_run.record(run, build([entry for entry, _ in runs]), folder, runs)
    # Only the end of W&B's own process tells that its file is on the disk; `finish` can return before.
    wandb.teardown()
    return folder


def test_tables_media_and_files_are_in_one_offline_run(recorded):
    [media] = recorded.glob("wandb/offline-run-*/files/media")
    rows = json.loads(next(media.glob("table/runs_*.json")).read_text())
    assert rows["columns"] == ["method", "clip", "run", "psnr"]
    assert rows["data"] == [["edit=age", "d" * 8, "age", 20.0], ["edit=smile", "d" * 8, "smile", None]]
    assert len(list(media.glob("table/benchmark/0_*.json"))) == 1
    assert list(media.glob("videos/comparison_*.mp4")) and list(media.glob("images/before_after_*.png"))

    found = records(recorded)
    [run] = [record.run for record in found if record.WhichOneof("record_type") == "run"]
    assert (run.project, run.job_type, list(run.tags)) == ("p", "evaluation", ["t"])
    logged = {
        (item.key or item.nested_key[0])
        for record in found
        for item in record.history.item
        if record.HasField("history")
    }
    assert {"benchmark/0", "runs", "comparison", "before_after"} <= logged
    [files] = [record.artifact.manifest.contents for record in found if record.artifact.name == "benchmark"]
    kept = ("edited.mp4", "metrics.json", "frames.csv", "report.html", "evaluated/arcface/metrics.json")
    expected = {f"runs/{run}/{name}" for run in ("age", "smile") for name in kept} | {"benchmark.csv"}
    assert {file.path for file in files} == expected
    assert all(file.local_path.startswith(str(recorded.parent)) for file in files)
