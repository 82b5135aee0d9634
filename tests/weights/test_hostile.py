"""A small file cannot fill the memory, and odd tensors are named before a network is made of them."""

import io
import pickle
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stitch_exp.errors import WeightsError
from stitch_exp.inverters.inverter import Inverter
from stitch_exp.weights import limits, safe_pickle
from stitch_exp.weights.limits import Budget, Refused
from stitch_exp.weights.reading import read_tensors


def npy(header: str, data: bytes = b"") -> bytes:
    padded = header.ljust(118 - 1) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded.encode() + data


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(WeightsError) as caught:
        read_tensors(path)
    return str(caught.value)


@pytest.mark.parametrize("as_zip", [True, False])
def test_torch_files_read_as_torch_reads_them(tmp_path: Path, as_zip: bool) -> None:
    base = torch.arange(24.0)
    content = {
        "view": base[3:15].reshape(3, 4).T,
        "same": base,
        "half": base.half(),
        "bfloat": base.bfloat16(),
        "ints": torch.arange(5),
        "flags": torch.tensor([True, False]),
        "scalar": torch.tensor(2.5),
        "nothing": torch.empty(0, 3),
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "small ints": torch.tensor([1, 2, 60000], dtype=torch.uint16),
        "eighth": torch.ones(4).to(torch.float8_e4m3fn),
        "size": torch.Size([1, 2]),
        "type": torch.float32,
    }
    torch.save(content, tmp_path / "x.pt", _use_new_zipfile_serialization=as_zip)
    tensors, rest = read_tensors(tmp_path / "x.pt")
    for key, value in content.items():
        if isinstance(value, torch.Tensor):
            assert tensors[key].dtype == value.dtype and torch.equal(tensors[key].float(), value.detach().float())
    assert tensors["view"].stride() == (1, 4) and rest == {"size": [1, 2], "type": "torch.float32"}


def test_a_tensor_is_never_larger_than_its_storage(tmp_path: Path) -> None:
    torch.save({"w": torch.ones(1).expand(50_000, 50_000)}, tmp_path / "x.pt")
    with pytest.raises(WeightsError, match=r"\[50000, 50000\] is larger than its storage of 1 numbers"):
        read_tensors(tmp_path / "x.pt")


def test_names_that_share_bytes_are_weighed_together(tmp_path: Path) -> None:
    base = torch.ones(1 << 20)
    torch.save({str(index): base for index in range(200)}, tmp_path / "x.pt")
    with pytest.raises(WeightsError, match="would become"):
        read_tensors(tmp_path / "x.pt")


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file may become four times its size and 4 MiB, not half a gigabyte: what bursts it is made in a moment."""
    monkeypatch.setattr(limits, "SPARE_BYTES", 4 << 20)


@pytest.mark.usefixtures("little_room")
def test_zip_and_npz_bombs_are_not_unpacked(tmp_path: Path) -> None:
    for name, entry in {"x.npz": "a.npy", "x.pt": "archive/data.pkl"}.items():
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(entry, "w") as file:
            for _ in range(6):
                file.write(bytes(1 << 20))
        with pytest.raises(WeightsError, match="would become"):
            read_tensors(tmp_path / name)


def test_a_stream_that_repeats_its_bytes_is_stopped() -> None:
    budget = Budget(1000)
    budget.spend(budget.limit)
    with pytest.raises(Refused, match="1,000 bytes would become"):
        budget.spend(1)


def test_a_pickle_that_copies_one_text_often_is_refused(tmp_path: Path) -> None:
    text = pickle.dumps("x" * (1 << 20), 2)[2:-1]
    copies = b"c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R0" * 600
    assert "would become" in refusal(tmp_path / "x.pkl", b"\x80\x02" + text + copies + b"N.")


def test_announced_sizes_reserve_nothing(tmp_path: Path) -> None:
    huge = "{'descr': '<f4', 'fortran_order': False, 'shape': (10000000000000,), }"
    assert "announces an array" in refusal(tmp_path / "x.npy", npy(huge, b"\0" * 100))
    assert "announces" in refusal(tmp_path / "x.pkl", b"\x80\x04\x8e" + struct.pack("<Q", 1 << 46) + b"ab.")
    with zipfile.ZipFile(tmp_path / "y.npz", "w") as archive:
        archive.writestr("a.npy", npy(huge))
    with pytest.raises(WeightsError, match="announces an array"):
        read_tensors(tmp_path / "y.npz")


def test_metadata_nested_too_deeply(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "x.safetensors", {"config": "[" * 200_000})
    with pytest.raises(WeightsError, match="'config' are nested deeper"):
        read_tensors(tmp_path / "x.safetensors")


def test_an_encoder_of_another_generator() -> None:
    inverter = Inverter(torch.nn.Identity(), latent_avg=torch.zeros(16, 512), input_size=256, kind="e4e")
    inverter.check_generator(16, 512, 512)
    with pytest.raises(WeightsError, match=r"gives 16 rows of 512, and this one \(1024 px\) takes 18 of 512"):
        inverter.check_generator(18, 512, 1024)


def test_an_old_torch_file_cannot_announce_more_than_it_has(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    torch.save({"a": torch.zeros(300)}, buffer, _use_new_zipfile_serialization=False)
    content = buffer.getvalue().replace(struct.pack("<BH", ord("M"), 300), struct.pack("<Bi", ord("J"), 1 << 30))
    assert "announces" in refusal(tmp_path / "x.pt", content)


@pytest.mark.usefixtures("little_room")
def test_a_pickle_that_reads_one_list_often_is_refused(tmp_path: Path) -> None:
    pairs = b"](" + b"K\x01K\x02\x86" * 5_000 + b"eq\x00"
    repeated = b"ccollections\nOrderedDict\nh\x00\x85R0" * 20
    assert "would become" in refusal(tmp_path / "x.pkl", b"\x80\x02" + pairs + repeated + b"N.")


def test_a_pickle_of_endless_instructions_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_pickle, "MAX_INSTRUCTIONS", 1_000)
    assert "more than 1,000 pickle instructions" in refusal(tmp_path / "y.pkl", b"\x80\x02" + b"K\x01" * 1_001 + b".")
