"""What a result was made from."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import pytest
import torch

import stitch_exp
from stitch_exp.tracking import provenance

CPU = torch.device("cpu")


def story(**changes):
    facts = {"clip_name": "caf\u00e9.mp4", "clip_digest": "d", "weight_files": {"model.generator": "ab"}, "seed": 3}
    return provenance.describe(**facts | {"command": ["edit=age"], "device": CPU} | changes)


def test_what_was_given_is_written_down_as_it_is_and_is_json():
    told = json.loads(json.dumps(story()))
    assert told["input"] == {"name": "caf\u00e9.mp4", "digest": "d"} and told["weights_sha256"] == {
        "model.generator": "ab"
    }
    assert (told["seed"], told["command"]) == (3, ["edit=age"])
    assert told["made_with"] == f"stitch-exp {stitch_exp.__version__}"


def test_the_result_is_marked_as_made_by_a_trained_model():
    assert story()["digital_source_type"].startswith("http://cv.iptc.org/newscodes/digitalsourcetype/composite")


def test_the_time_is_that_of_the_world_and_not_of_the_place():
    made = datetime.fromisoformat(story()["made_at"])
    assert made.utcoffset() == timedelta(0) and abs(datetime.now(UTC) - made) < timedelta(minutes=1)
    assert made.microsecond == 0


def test_versions_are_those_installed_and_what_is_not_is_null(monkeypatch):
    assert story()["versions"]["numpy"] == version("numpy")
    monkeypatch.setattr(provenance, "PACKAGES", ("torch", "no-such-package-of-this-test"))
    assert story()["versions"] == {"torch": version("torch"), "no-such-package-of-this-test": None}


@pytest.mark.parametrize("fast", [False, True])
def test_the_machine_says_what_native_precision_was(monkeypatch, fast):
    monkeypatch.setattr(provenance, "multiplies_bfloat16", lambda device: fast)
    machine = story(device=torch.device("cuda", 1))["machine"]
    assert (machine["device"], machine["bfloat16"]) == ("cuda:1", fast)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "PROJECT", tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)

    def git(*words):
        subprocess.run(
            ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *words],
            check=True,
            capture_output=True,
        )

    return tmp_path, git


def test_the_commit_is_named_and_whether_files_were_changed_since(checkout):
    folder, git = checkout
    assert story()["commit"] is None
    git("init", "-q")
    (folder / "a").write_text("1")
    git("add", "a")
    git("commit", "-qm", "first")
    clean = story()["commit"]
    assert 7 <= len(clean) <= 40 and int(clean, 16)
    (folder / "a").write_text("2")
    assert story()["commit"] == f"{clean}-dirty"


@pytest.mark.parametrize("error", [FileNotFoundError("git"), subprocess.TimeoutExpired("git", 5)])
def test_without_git_or_an_answer_of_it_there_is_no_commit(checkout, monkeypatch, error):
    (checkout[0] / ".git").mkdir()

    def fails(*args, **more):
        raise error

    monkeypatch.setattr(subprocess, "run", fails)
    assert story()["commit"] is None
