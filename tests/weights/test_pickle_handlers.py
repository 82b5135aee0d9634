"""What the few known names of a pickle become: each handler by itself, with honest and with hostile data."""

import io
import pickle
from pathlib import PurePosixPath

import numpy as np
import pytest
import torch

from stitch_exp.weights.limits import Refused
from stitch_exp.weights.pickle_handlers import BUILDERS, CALLS, Lazy, Name, Options, Storage, as_key
from stitch_exp.weights.safe_pickle import Interpreter

NUMBERS = Storage(torch.arange(12, dtype=torch.float32).untyped_storage(), torch.float32)
TENSOR = CALLS["torch._utils._rebuild_tensor_v2"]


def read(value: object, protocol: int = 2) -> object:
    return Interpreter("x").run(io.BytesIO(pickle.dumps(value, protocol)))


@pytest.mark.parametrize("key", ["a", 1, 2.5, True, b"x", None])
def test_plain_values_are_keys(key: object) -> None:
    assert as_key(key) is key


@pytest.mark.parametrize("key", [(1, 2), [1], {}, Name("a.b"), Options()])
def test_nothing_else_is(key: object) -> None:
    with pytest.raises(ValueError, match=f"a {type(key).__name__} as a key"):
        as_key(key)


def test_a_tensor_is_a_view_by_offset_and_stride() -> None:
    assert TENSOR(NUMBERS, 1, (2, 3), (4, 1)).tolist() == [[1, 2, 3], [5, 6, 7]]
    assert TENSOR(NUMBERS, 0, (3, 2), (1, 4)).tolist() == [[0, 4], [1, 5], [2, 6]]
    assert TENSOR(NUMBERS, 11, (), ()).item() == 11
    assert TENSOR(NUMBERS, 99, (0, 5), (5, 1)).shape == (0, 5)


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(0, (13,), (1,)), (12, (), ()), (1, (3, 4), (4, 1)), (0, (2,), (12,)), (1 << 61, (1,), (1,))],
)
def test_a_view_ends_inside_its_storage(offset: int, size: tuple, stride: tuple) -> None:
    with pytest.raises(ValueError, match="beyond its storage"):
        TENSOR(NUMBERS, offset, size, stride)


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(-1, (2,), (1,)), (0, (2,), (-1,)), (0, (-2,), (1,)), (0, (2, 2), (1,)), (0, (2.0,), (1,)), (True, (2,), (1,)),
     (0, (1 << 62,), (1,))],
)  # fmt: skip
def test_numbers_of_a_view_are_counts(offset: object, size: tuple, stride: tuple) -> None:
    with pytest.raises(ValueError, match=r"a tensor of size"):
        TENSOR(NUMBERS, offset, size, stride)


def test_no_element_is_named_twice_beyond_what_is_there() -> None:
    with pytest.raises(Refused, match=r"size \[100, 12\] is larger than its storage of 12 numbers"):
        TENSOR(NUMBERS, 0, (100, 12), (0, 1))


@pytest.mark.parametrize("storage", [None, b"1234", torch.ones(2)])
def test_a_tensor_needs_a_storage(storage: object) -> None:
    with pytest.raises(ValueError, match="needs a typed storage"):
        TENSOR(storage, 0, (1,), (1,))


def test_a_tensor_may_say_its_own_type() -> None:
    typed = CALLS["torch._utils._rebuild_tensor_v3"]
    raw = Storage(torch.tensor([1.0]).untyped_storage(), torch.uint8)
    assert typed(raw, 0, (1,), (1,), False, {}, Name("torch.float32")).item() == 1.0
    with pytest.raises(ValueError, match="typed storage"):
        typed(raw, 0, (1,), (1,), False, {}, Name("torch.quint8"))


def test_a_parameter_is_its_tensor() -> None:
    value = torch.ones(2)
    assert CALLS["torch._utils._rebuild_parameter"](value, True, {}) is value
    with pytest.raises(ValueError, match="made of a tensor"):
        CALLS["torch.nn.parameter.Parameter"]([1, 2])


@pytest.mark.parametrize("items", [((("a", 1),),), ([("a", 1)], 2), ("ab",)])
def test_an_ordered_dict_is_made_of_a_list_of_pairs(items: tuple) -> None:
    make = CALLS["collections.OrderedDict"]
    assert make() == {} and make([("a", 1), (2, None)]) == {"a": 1, 2: None}
    with pytest.raises(ValueError, match="list of pairs"):
        make(*items)


def test_sets_of_plain_values() -> None:
    make = CALLS["builtins.set"]
    assert make() == set() and make([1, "a"]) == {1, "a"}
    for wrong in ([[1, 2]], "ab", 3):
        with pytest.raises(ValueError, match=r"a set is made|as a key"):
            make(wrong)


def test_paths_sizes_and_devices_are_plain() -> None:
    assert read(PurePosixPath("a/b")) == "a/b"
    for module in ("pathlib", "pathlib._local"):  # as Python 3.13 says
        for name in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"):
            stream = io.BytesIO(f"c{module}\n{name}\n(Va\nVb\ntR.".encode())
            assert Interpreter("x").run(stream) == "a/b"
    assert CALLS["torch.Size"]([1, 2]) == (1, 2) and CALLS["torch.Size"]("12") == ()
    assert CALLS["torch.device"]("cuda", 1) == "cuda:1" and CALLS["torch.device"]([]) == ""


def test_bytes_are_spelled_as_latin_text() -> None:
    encode = CALLS["_codecs.encode"]
    assert encode("\x00\xff", "latin1") == b"\x00\xff"
    for text, encoding in (("a", "utf-8"), (b"a", "latin1"), ("\u1234", "latin1")):
        with pytest.raises(ValueError):
            encode(text, encoding)


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f2", "|u1", "<i8", "|b1"])
@pytest.mark.parametrize("protocol", [2, 4])
def test_arrays_of_numbers(dtype: str, protocol: int) -> None:
    wanted = np.array([[0, 1, 1], [1, 0, 1]]).astype(dtype)
    found = read(wanted, protocol)
    assert isinstance(found, Lazy) and found.value.dtype == wanted.dtype
    np.testing.assert_array_equal(found.value, wanted)


@pytest.mark.parametrize("code", ["O8", "U4", "V8", "S3", "M8", "f16", 4, None])
def test_types_of_anything_else_are_refused(code: object) -> None:
    with pytest.raises(Refused, match="not of numbers"):
        CALLS["numpy.dtype"](code, False, True)


def test_the_state_of_an_array_needs_a_type_of_numbers_and_all_its_bytes() -> None:
    build, kind = BUILDERS[Lazy], CALLS["numpy.dtype"]("f4")
    for state, told in (
        ((1, (2,), "f4", False, bytes(8)), "numpy type"),
        ((1, (3,), kind, False, bytes(8)), "reshape"),
    ):
        with pytest.raises(ValueError, match=told):
            build(Lazy(np.empty(0)), state)


def test_attributes_of_a_namespace_are_a_dict() -> None:
    options = Options()
    BUILDERS[Options](options, {"lr": 0.1})
    assert options == {"lr": 0.1}
    with pytest.raises(ValueError, match="are a dict"):
        BUILDERS[Options](options, [("lr", 0.2)])


@pytest.mark.parametrize("meta", [{}, {"state": 3}, [("state", {})], None])
def test_a_network_has_a_state(meta: object) -> None:
    make = CALLS["torch_utils.persistence._reconstruct_persistent_obj"]
    whole = make({"state": {"_parameters": {}}, "class_name": "Generator", "module_src": "import os"})
    assert whole == {"_parameters": {}} and whole.class_name == "Generator"
    with pytest.raises(ValueError, match="without a state"):
        make(meta)
