"""Weights come out of a TorchScript archive; its program stays unread."""

import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from stitch_exp.errors import WeightsError
from stitch_exp.weights.reading import read_tensors


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
        self.scale = nn.Parameter(torch.ones(2, dtype=torch.float16))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x) * self.scale


@pytest.fixture
def archive(tmp_path: Path) -> tuple[Path, nn.Module]:
    module = Small().eval()
    torch.jit.trace(module, torch.zeros(2, 3)).save(str(tmp_path / "clip.pt"))
    return tmp_path / "clip.pt", module


def rewritten(path: Path, change: dict[str, bytes]) -> Path:
    """A copy of the archive with other contents for the entries whose names end so."""
    out = path.with_name("changed.pt")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = next((value for end, value in change.items() if name.endswith(end)), old.read(name))
            new.writestr(name, content)
    return out


def test_tensors_have_the_names_of_the_state_dict(archive: tuple[Path, nn.Module]) -> None:
    path, module = archive
    tensors, _ = read_tensors(path)
    expected = {key: value for key, value in module.state_dict().items() if "num_batches" not in key}
    assert all(torch.equal(tensors[key], value) for key, value in expected.items())
    assert tensors["scale"].dtype == torch.float16


def test_the_program_is_never_read(archive: tuple[Path, nn.Module]) -> None:
    path, _ = archive
    assert read_tensors(rewritten(path, {".py": b"import os; os.abort()"}))[0]


def test_hostile_and_damaged_archives_are_refused(archive: tuple[Path, nn.Module]) -> None:
    path, _ = archive
    with pytest.raises(WeightsError, match=r"refused: it names os\.system"):
        read_tensors(rewritten(path, {"data.pkl": b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R."}))
    with pytest.raises(WeightsError, match="outside the pickle"):
        read_tensors(rewritten(path, {"data.pkl": b"\x80\x02(X\x01\x00\x00\x00aNNNNtQ."}))
    with pytest.raises(WeightsError, match="instead of"):
        read_tensors(rewritten(path, {"data/0": b"12"}))
