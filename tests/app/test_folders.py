"""Runs that start in the same second have folders of their own."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from omegaconf import OmegaConf

from stitch_exp.app.folders import NewFolder, claim
from stitch_exp.errors import StorageError


def test_nobody_shares_a_folder(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        places = list(pool.map(lambda _: claim(tmp_path / "x" / "12-00-00"), range(32)))
    assert len(set(places)) == 32 and all(place.is_dir() for place in places)
    assert tmp_path / "x" / "12-00-00" in places and tmp_path / "x" / "12-00-00_32" in places


def test_an_unwritable_folder_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"set paths\.outputs"):
        claim(tmp_path / "file" / "x")


def config(place, *typed):
    return OmegaConf.create(
        {"hydra": {"run": {"dir": str(place)}, "sweep": {"dir": str(place)}, "overrides": {"hydra": list(typed)}}}
    )


def test_a_sweep_tells_its_cells_where_they_belong(tmp_path):
    (tmp_path / "it's").mkdir()
    cfg = config(tmp_path / "it's")
    NewFolder().on_multirun_start(cfg)
    assert cfg.hydra.sweep.dir == f"{tmp_path}/it's_2"
    assert list(cfg.hydra.overrides.hydra) == [f"hydra.sweep.dir='{tmp_path}/it\\'s_2'"]


def test_a_folder_that_was_named_is_used_as_it_is(tmp_path):
    cfg = config(tmp_path, f"hydra.run.dir={tmp_path}")
    NewFolder().on_run_start(cfg)
    assert cfg.hydra.run.dir == str(tmp_path)
