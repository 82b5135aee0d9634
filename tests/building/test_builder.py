"""From settings to objects, and the texts that say when something must be made anew."""

import json

import pytest
import torch
from omegaconf import OmegaConf, open_dict

from stitch_exp.api import compose
from stitch_exp.building import builder
from stitch_exp.building.builder import Builder, content, paths_of, tree_digest, weight_files
from stitch_exp.errors import ConfigError, SettingsError, WeightsError


@pytest.fixture(scope="module")
def composed():
    return compose.plain(compose.settings(["model=mini", "edit=age", "tuning=none"]))


@pytest.fixture
def cfg(composed):
    return composed.copy()


def test_a_file_or_folder_is_known_by_what_is_in_it_and_not_by_its_name(tmp_path):
    first, second = tmp_path / "a.bin", tmp_path / "b.bin"
    first.write_bytes(b"one")
    second.write_bytes(b"one")
    assert content(str(first)) == content(str(second)) == tree_digest(first)
    second.write_bytes(b"two")
    assert content(str(first)) != content(str(second))


def test_the_digest_of_a_folder_tells_names_contents_and_depth_but_not_dates_or_order(tmp_path):
    def folder(name, files):
        for path, text in files:
            place = tmp_path / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return tree_digest(tmp_path / name)

    base = folder("base", [("a", "1"), ("sub/b", "2")])
    assert folder("same", [("sub/b", "2"), ("a", "1")]) == base
    others = [[("a", "1"), ("sub/b", "3")], [("a", "1"), ("sub/c", "2")], [("a", "1"), ("b", "2")], [("a", "1")]]
    found = {folder(f"other{n}", files) for n, files in enumerate(others)}
    assert len(found) == 4 and base not in found


def test_an_empty_folder_has_a_digest(tmp_path):
    (tmp_path / "a" / "empty").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    assert tree_digest(tmp_path / "a") == tree_digest(tmp_path / "b")


def test_plain_values_and_names_of_nothing_stay_as_they_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "age").write_text("a file with the name of a word")
    settings = {"a": 1, "b": [None, True, "age", "no/such/file", ""], "c": {"d": 0.5}, "e": "x\0/y"}
    assert content(settings) == settings


def test_a_keyword_for_a_path_is_one_even_if_it_looks_like_a_word(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip").write_bytes(b"film")
    node = {"_target_": "stitch_exp.video.FileVideo", "path": "clip", "start": 0}
    assert paths_of(node) == {"path"}
    assert content(node) == node | {"path": tree_digest(tmp_path / "clip")}
    assert content({"path": "clip"}) == {"path": "clip"}


@pytest.mark.parametrize("node", [{}, {"_target_": "no.such.Thing"}, {"_target_": "stitch_exp.Nothing"}])
def test_a_node_of_no_class_of_ours_names_no_path(node):
    node = {"_target_": ""} | node
    assert paths_of(node) == frozenset()


def test_weight_files_are_those_the_settings_name_but_for_the_clip(tmp_path):
    (tmp_path / "w.safetensors").write_bytes(b"w")
    (tmp_path / "clip.mp4").write_bytes(b"c")
    cfg = OmegaConf.create({
        "model": {"inverters": {"e4e": f"{tmp_path}/w.safetensors"}, "gone": f"{tmp_path}/gone"},
        "list": [{"file": f"{tmp_path}/w.safetensors"}],
        "video": {"path": f"{tmp_path}/clip.mp4"},
    })  # fmt: skip
    found = weight_files(cfg)
    assert list(found) == ["model.inverters.e4e", "list.0.file"]
    # SHA-256 of the letter w.
    assert set(found.values()) == {"50e721e49c013f00c62cf59f2163542a9d8df02464efeb615d31051b0fddc326"}


@pytest.mark.parametrize(
    ("name", "cuda", "device"), [("auto", False, "cpu"), ("cpu", True, "cpu"), ("auto", True, "cuda")]
)
def test_the_device_is_the_one_asked_for(cfg, monkeypatch, name, cuda, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    cfg.runtime.device = name
    assert Builder(cfg).device == torch.device(device)


def test_a_gpu_that_is_not_there_is_one_sentence(cfg, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    cfg.runtime.device = "cuda"
    with pytest.raises(ConfigError, match=r"runtime\.device=cuda: PyTorch sees no GPU here; use runtime\.device=auto"):
        _ = Builder(cfg).device


def test_a_network_without_a_file_says_which_key_to_fill(cfg):
    cfg.model.generator = None
    with pytest.raises(WeightsError, match=r"model\.generator is null; .*set model\.generator=FILE"):
        _ = Builder(cfg).generator


def test_every_stage_that_refuses_its_settings_is_told_at_once(cfg, monkeypatch):
    def made(node, name, **given):
        if name in ("aligner", "composite"):
            raise SettingsError({f"{name}.x": "is bad"})

    monkeypatch.setattr(builder, "make", made)
    monkeypatch.setattr(builder, "wanted", lambda node: ())
    with pytest.raises(SettingsError, match=r"aligner\.x is bad; composite\.x is bad"):
        Builder(cfg).stages()


def test_a_fingerprint_tells_settings_seed_and_version_and_nothing_else(cfg, monkeypatch):
    base = Builder(cfg).fingerprint("edit")
    assert Builder(cfg).fingerprint("edit") == base and json.loads(base)["version"] >= 1
    changed = {}
    for name, key, value in (("strength", "edit.strength", 9.0), ("seed", "seed", 5), ("other", "aligner.scale", 1.1)):
        other = cfg.copy()
        OmegaConf.update(other, key, value)
        changed[name] = Builder(other).fingerprint("edit") != base
    assert changed == {"strength": True, "seed": True, "other": False}
    kind = builder.get_class(cfg.edit._target_)
    monkeypatch.setattr(kind, "version", 77, raising=False)
    assert json.loads(Builder(cfg).fingerprint("edit"))["version"] == 77


def test_a_fingerprint_tells_another_file_of_the_same_name(cfg, tmp_path):
    path = tmp_path / "generator.safetensors"
    prints = []
    for text in ("one", "two"):
        path.write_text(text)
        cfg.model.generator = str(path)
        prints.append(Builder(cfg).fingerprint("tuning"))
    with open_dict(cfg):
        cfg.model.generator = str(tmp_path / "renamed.safetensors")
    (tmp_path / "renamed.safetensors").write_text("two")
    assert prints[0] != prints[1] or "generator" not in json.loads(prints[0])["networks"]
    assert Builder(cfg).fingerprint("tuning") == prints[1]


def test_a_store_has_the_fingerprints_of_all_stages_and_more(cfg, tmp_path):
    cfg.paths.store, cfg.runtime.reuse = str(tmp_path), False
    store = Builder(cfg).store({"pairs": "p"})
    assert {"aligner", "encoder", "tuning", "edit", "stitching", "pairs"} <= set(store.fingerprints)
    assert store.root == tmp_path and not store.enabled
