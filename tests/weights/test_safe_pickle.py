"""No pickle makes the reader run anything: honest snapshots load, hostile ones are refused by name."""

import collections
import io
import os
import pickle
import pickletools
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.weights.pickle_handlers import CALLS
from stitch_exp.weights.safe_pickle import Interpreter, read_pickle

FLAG = "STITCH_EXP_PICKLE_RAN"


class Call:
    """Pickles as a call of `function(*arguments)`."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.recipe = (function, arguments)

    def __reduce__(self) -> tuple:
        return self.recipe


class Stateful:
    """Pickles as an object whose state is set after it is made."""

    def __reduce__(self) -> tuple:
        return collections.OrderedDict, (), {"x": 1}, None, iter([("evil", Call(os.system, f"export {FLAG}=1"))])


def raw(*parts: bytes | str) -> bytes:
    return b"".join(part.encode() if isinstance(part, str) else part for part in parts)


def legacy_storage(content: bytes) -> bytes:
    """A call of `torch.storage._load_from_bytes(content)`."""
    return raw(
        b"\x80\x03ctorch.storage\n_load_from_bytes\n", b"B" + struct.pack("<I", len(content)) + content, b"\x85R."
    )


HOSTILE = {
    "os.system": (pickle.dumps(Call(os.system, f"touch {FLAG}")), "system"),
    "protocol 0": (pickle.dumps(Call(os.system, f"touch {FLAG}"), 0), "system"),
    "nested": (pickle.dumps({"G_ema": {"w": [1, (2, Call(subprocess.getoutput, "id"))]}}), "subprocess.getoutput"),
    "state": (pickle.dumps({"a": Stateful()}), "system"),
    "eval": (pickle.dumps(Call(eval, "1 + 1")), "builtins.eval"),
    "exec": (pickle.dumps(Call(exec, "x = 1")), "builtins.exec"),
    "getattr": (pickle.dumps(Call(getattr, "x", "upper")), "builtins.getattr"),
    "import": (pickle.dumps(Call(__import__, "os")), "builtins.__import__"),
    "inst": (raw("(S'touch x'\nios\nsystem\n."), "INST"),
    "obj": (raw("(cos\nsystem\nS'touch x'\no."), "os.system"),
    "persistent id": (raw("Pstorage\n."), "PERSID"),
    "extension": (b"\x80\x02\x82\x01.", "EXT1"),
    "dotted": (raw(b"\x80\x04\x8c\x05torch\x8c\x10hub.os.system.x.", b"\x93."), "torch"),
    "numpy object": (pickle.dumps(np.array([Call(os.system, "id")], dtype=object)), "'O8'"),
    "numpy object type": (pickle.dumps(np.array([None], dtype=object)), "'O8'"),
    "module of a class": (pickle.dumps(np.random.RandomState), "RandomState"),
    "new object": (raw(b"\x80\x02cnumpy\nndarray\n)\x81."), "numpy.ndarray"),
    "set state of a tensor class": (raw(b"\x80\x02cnumpy\nndarray\n}b."), "state"),
    "attribute of an allowed name": (raw(b"\x80\x02cdnnlib.util\nEasyDict\nN}\x86b."), "state"),
    "storage": (legacy_storage(pickle.dumps(Call(os.system, "id"))), "refused"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pickles_are_refused_by_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content, named = HOSTILE[name]
    (tmp_path / "x.pkl").write_bytes(content)
    with pytest.raises(WeightsError, match="refused") as caught:
        read_pickle(tmp_path / "x.pkl")
    assert named in str(caught.value) and "x.pkl" in str(caught.value)
    assert sorted(os.listdir(tmp_path)) == ["x.pkl"]


def test_hostile_torch_file_inside_a_storage_is_refused(tmp_path: Path) -> None:
    inner = io.BytesIO()
    torch.save({"x": Call(os.system, f"touch {tmp_path}/{FLAG}")}, inner, _use_new_zipfile_serialization=False)
    with pytest.raises(WeightsError, match=r"names (posix|os)\.system"):
        Interpreter("x.pkl").run(io.BytesIO(legacy_storage(inner.getvalue())))
    assert not (tmp_path / FLAG).exists()


def test_a_name_is_checked_after_memo_tricks() -> None:
    """The module's name comes from the memo, the attribute from a copy of the stack."""
    stream = raw(b"\x80\x04\x8c\x02os\x94\x30\x8c\x06system2\x30h\x00\x8c\x06system", b"\x93.")
    with pytest.raises(WeightsError, match=r"os\.system"):
        Interpreter("x").run(io.BytesIO(stream))


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\x80\x04",
        b"\x80\x04.",
        b"\x80\x04h\x07.",
        b"\x80\x04]a.",
        b"\x80\x04\x86.",
        b"\x80\x04e.",
        b"\x80\x04}K\x01K\x02K\x03u.",
        b"\x80\x04K\x01K\x02R.",
        b"\x80\x02}" + b"(" + b"K\x01\x85" * 3 + b"K\x02u.",
        b"B\xff\xff\xff\x7f",
    ],
)
def test_damaged_streams_are_errors_of_ours(stream: bytes) -> None:
    with pytest.raises(WeightsError, match="damaged"):
        Interpreter("x").run(io.BytesIO(stream))


def test_a_deep_tuple_cannot_be_a_key() -> None:
    stream = b"\x80\x02})" + b"\x85" * 20_000 + b"K\x01s."
    with pytest.raises(WeightsError, match="as a key"):
        Interpreter("x").run(io.BytesIO(stream))


def test_a_tensor_cannot_reach_outside_its_storage(golden: Path) -> None:
    content = bytearray((golden / "nvidia_layout_mini.pkl").read_bytes())
    sizes = [at for op, value, at in pickletools.genops(bytes(content)) if op.name == "BININT1" and value == 16]
    for at in sizes[1:]:
        content[at + 1] = 255
    with pytest.raises(WeightsError, match="beyond its storage"):
        Interpreter("x").run(io.BytesIO(bytes(content)))


def test_few_names_are_known() -> None:
    assert len(CALLS) < 40
    assert not {name for name in CALLS if name.split(".")[0] in ("os", "sys", "posix", "subprocess")}


def test_plain_data_of_every_protocol() -> None:
    value = {"a": [1, 2.5, None, True, "é", b"\x00\xff", (1, (2,)), {3, 4}], "b": {"c": 10**30, "d": -1}}
    for protocol in range(6):
        stream = io.BytesIO(pickle.dumps(value, protocol))
        assert Interpreter("x").run(stream) == value


def test_numpy_arrays_and_numbers() -> None:
    value = [np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3)), np.float32(0.5)]
    for protocol in (2, 3, 4):
        floats, ints, number = Interpreter("x").run(io.BytesIO(pickle.dumps(value, protocol)))
        np.testing.assert_array_equal(floats.value, value[0])
        np.testing.assert_array_equal(ints.value, value[1])
        assert number == 0.5
