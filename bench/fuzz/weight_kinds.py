"""The kinds of weight files that are damaged: small honest ones of every format, and ones built to deceive."""

from __future__ import annotations

import argparse
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from stitch_exp.networks.stylegan2 import Generator

ARGUMENTS = {
    "z_dim": 8,
    "w_dim": 8,
    "img_resolution": 16,
    "img_channels": 3,
    "num_mapping_layers": 2,
    "channel_base": 128,
    "channel_max": 16,
}
Kind = Callable[[Path, Random], None]


@cache
def generator_state() -> dict[str, Tensor]:
    """Tensors of a generator of 16 px."""
    torch.manual_seed(0)
    return {key: value.detach().clone() for key, value in Generator(**ARGUMENTS).state_dict().items()}


def odd(value: Tensor, rng: Random) -> Tensor:
    """The tensor with another type, other numbers, or another shape."""
    return rng.choice(
        (
            lambda: value.to(torch.complex64),
            lambda: value.to(torch.int64),
            lambda: value.to(torch.float8_e4m3fn),
            lambda: value.bool(),
            lambda: value.double() * 1e300,
            lambda: value * torch.nan,
            lambda: torch.full_like(value, -torch.inf),
            lambda: value.new_zeros(rng.choice([(0,), (1,), (), (3, 0, 5), (70_000,)])),
            lambda: value.new_zeros(1).expand(rng.choice([(10**9,), (10**5, 10**5)])),
            lambda: value.flatten()[:1].expand(value.shape),
        )
    )()


def odd_state(rng: Random) -> dict[str, Tensor]:
    """A generator's tensors, some of them missing, strange or under another name."""
    state = dict(generator_state())
    for key in rng.sample(sorted(state), rng.choice((0, 1, 1, 2, 5))):
        value = state.pop(key)
        match rng.randrange(3):
            case 0:
                state[key] = odd(value, rng)
            case 1:
                state[key.replace("b8", rng.choice(("b9", "b1073741824", "b-4", "b" + "9" * 40)))] = value
    return state


def _torch(path: Path, rng: Random) -> None:
    opts = argparse.Namespace(encoder_type=rng.choice(("Encoder4Editing", "x", None)), n_styles=18)
    content = {rng.choice(("g_ema", "G_ema", "state_dict", "params")): odd_state(rng), "opts": opts}
    torch.save(content, path, _use_new_zipfile_serialization=rng.random() < 0.6)


def _safetensors(path: Path, rng: Random) -> None:
    state = {key: value.contiguous().clone() for key, value in odd_state(rng).items() if value.numel() < 10**6}
    config = rng.choice(
        (
            json.dumps(ARGUMENTS),
            json.dumps(ARGUMENTS | {"num_mapping_layers": 10**9}),
            json.dumps(ARGUMENTS | {"img_resolution": rng.choice((1 << 30, -16, 0, 17, "16", None, 1e308))}),
            "[" * 100_000,
            "[1, 2]",
            "{}",
            '{"a": 1}',
            "text",
        )
    )
    aliases = rng.choice(('{"a": "b"}', "[]", json.dumps({str(n): "mapping.w_avg" for n in range(3000)})))
    metadata = {"config": config} | ({"aliases": aliases} if rng.random() < 0.3 else {})
    save_file(state, path, metadata | {"kind": rng.choice(("e4e", "x"))})


def _latents(path: Path, rng: Random) -> None:
    vector = torch.randn(rng.choice([(8,), (1, 8), (6, 8), (1, 6, 8), (), (0,), (400, 400)]))
    vector = odd(vector, rng) if rng.random() < 0.5 else vector
    if vector.numel() > 10**6 or vector.dtype == torch.float8_e4m3fn:
        torch.save({"age": vector}, path)
    else:
        with path.open("wb") as file:
            np.save(file, vector.numpy())


def _encoder(path: Path, rng: Random) -> None:
    names = ["input_layer.0.weight", "styles.0.linear.weight", "styles.0.convs.0.weight", "body.0.res_layer.3.weight"]
    names += ["latlayer1.weight", "styles.x.linear.weight", "body.999999999999.res_layer.1.weight"]
    state = {f"encoder.{name}": torch.zeros(2, 2, 1, 1) for name in rng.sample(names, rng.randrange(1, 8))}
    opts = rng.choice(({"encoder_type": "Encoder4Editing"}, {}, [], "x", {"encoder_type": []}))
    torch.save({"state_dict": state, "latent_avg": torch.zeros(rng.choice((8, 0))), "opts": opts}, path)


def _other_networks(path: Path, rng: Random) -> None:
    names = ("lat_comp", "dense.0.weight", "shared_weight_hypernet.w1", "course_mapping.mapping.1.weight")
    names += (
        "cp.resnet.conv1.weight",
        "mapping.embed.weight",
        "synthesis.b4.const",
        "conv1.conv.weight",
        "input.input",
    )
    names += ("synthesis.input.freqs", "synthesis.L0_999999999_1.weight", "synthesis.L13_16_3.weight")
    torch.save(
        {name: torch.zeros(rng.choice([(), (8,), (8, 8)])) for name in rng.sample(names, rng.randrange(1, 6))}, path
    )


def _bomb(path: Path, rng: Random) -> None:
    """A zip that unpacks to far more than it is."""
    name = rng.choice(("a.npy", "archive/data.pkl", "archive/data/0"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if name.endswith("/0"):
            archive.writestr("archive/data.pkl", _storage_pickle(rng.choice((1 << 27, 1 << 29, 1 << 40))))
        with archive.open(name, "w") as file:
            for _ in range(rng.choice((1, 64, 900))):
                file.write(bytes(1 << 20))


def _storage_pickle(count: int) -> bytes:
    number = struct.pack("<B", 0x8A) + b"\x08" + struct.pack("<q", count)
    storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" + number + b"tQ"
    return b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00" + number + b"\x85K\x01\x85\x89}tR."


def _announced(path: Path, rng: Random) -> None:
    """A numpy header or pickle that announces more than there is."""
    shape = rng.choice(("(10000000000000,)", "(-1,)", "(" * 150 + ")" * 150, "(2, 2)", "(0, 99999999999999999999)"))
    kind = rng.choice(("<f4", "|O", "<U9", ">f8", "<c8", "V4000000000", "[('a', '<f4')]", "<f16"))
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(400)
    lengths = (b"\x8e", "<Q", 1 << 46), (b"B", "<I", 0x7FFFFFFF), (b"\x8b", "<i", 0x7FFFFFFF), (b"\x8d", "<Q", 1 << 62)
    mark, layout, count = rng.choice(lengths)
    stream = b"\x80\x04" + mark + struct.pack(layout, count) + b"ab."
    numpy = (
        b"\x93NUMPY" + bytes((rng.choice((1, 2, 3)), 0)) + struct.pack("<H", len(header)) + header.encode() + bytes(16)
    )
    path.write_bytes(rng.choice((stream, numpy)))


def _repeating(path: Path, rng: Random) -> None:
    """A pickle that copies, nests or multiplies what it holds once."""
    text = b"X" + struct.pack("<I", 1 << 20) + b"x" * (1 << 20) + b"q\x00"
    copies = b"c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86Rq\x01"
    doubled = b"]q\x00" + b"".join(b"h%c" % 0 + b"h%c" % 0 + b"\x86q\x00" for _ in range(80))
    tables = b"](" + b"K\x01K\x02\x86" * 20_000 + b"eq\x00" + b"ccollections\nOrderedDict\nh\x00\x85R" * 20_000
    deep = rng.choice((b"]", b")")) + rng.choice((b"\x85", b"]a")) * 200_000
    path.write_bytes(
        b"\x80\x02" + rng.choice((text + copies * 3000, doubled, tables, deep, b"K\x01" * 2_000_000)) + b"."
    )


def _named(path: Path, rng: Random) -> None:
    """A pickle that names what is no data."""
    names = ("os\nsystem", "builtins\neval", "dnnlib.tflib.network\nNetwork", "torch.nn.modules.linear\nLinear")
    names += ("torch._utils\n_rebuild_tensor_v2", "numpy\ndtype", "torch.storage\n_load_from_bytes", "torch\nfloat32")
    arguments = rng.choice(
        (b")", b"K\x01\x85", b"X\x02\x00\x00\x00id\x85", b"(K\x00K\x00K\x00K\x00t", b"C\x04abcd\x85")
    )
    path.write_bytes(
        b"\x80\x03c" + rng.choice(names).encode() + b"\n" + arguments + rng.choice(b"R\x81b").to_bytes() + b"."
    )


def _snapshot(path: Path, rng: Random) -> None:
    """Pickled arrays and containers of every protocol."""
    value = {"G_ema": {"w": np.arange(6.0).reshape(2, 3), "b": np.float32(1)}, "lat_comp": np.zeros((2, 1, 8))}
    path.write_bytes(pickle.dumps(value, rng.randrange(6)))


def _archive(path: Path, rng: Random) -> None:
    arrays = {name: np.zeros(rng.choice([(8,), (2, 8), ()])) for name in ("age", "smile", "act_comp")}
    with path.open("wb") as file:
        rng.choice((np.savez, np.savez_compressed))(file, **arrays, note="text")


def _not_weights(path: Path, rng: Random) -> None:
    path.write_bytes(
        rng.choice(
            (
                b"",
                b"<!doctype html><html>quota</html>",
                b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
                b'{"error": 404}',
                b"\x1f\x8b\x08" + rng.randbytes(50),
                b"PK\x03\x04" + rng.randbytes(50),
                bytes(3000),
                rng.randbytes(rng.choice((1, 7, 8, 9, 3000))),
                "gewöhnlicher Text\n".encode() * 40,
                struct.pack("<Q", 1 << 60) + b'{"a":',
                b"\x80",
                b"(" * 5000,
            )
        )
    )


KINDS: dict[str, Kind] = {
    "torch": _torch,
    "safetensors": _safetensors,
    "latents": _latents,
    "encoder": _encoder,
    "other networks": _other_networks,
    "bomb": _bomb,
    "announced": _announced,
    "repeating": _repeating,
    "named": _named,
    "snapshot": _snapshot,
    "archive": _archive,
    "not weights": _not_weights,
}
