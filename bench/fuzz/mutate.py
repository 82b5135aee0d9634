"""Damage bytes, the same way for the same seed."""

from __future__ import annotations

from random import Random

_TELLING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_HEAD = 2048


def mutated(content: bytes, rng: Random) -> bytes:
    """One to four of: bits flipped, numbers set to telling values, parts cut, zeroed, doubled, moved or made up."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4))):
        rng.choice(_CHANGES)(changed, rng)
        if not changed:
            break
    return bytes(changed)


def _place(data: bytearray, rng: Random) -> int:
    """Anywhere, but half the time near the head or the tail, where containers keep what they announce."""
    near = rng.randrange(min(_HEAD, len(data)))
    return rng.choice((near, len(data) - 1 - near, rng.randrange(len(data)), rng.randrange(len(data))))


def _part(data: bytearray, rng: Random) -> slice:
    start = _place(data, rng)
    return slice(start, start + rng.choice((1, 4, 16, 188, 1024, len(data) // 4 + 1)))


def _flip(data: bytearray, rng: Random) -> None:
    for _ in range(rng.choice((1, 3, 10, 60))):
        data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _number(data: bytearray, rng: Random) -> None:
    for _ in range(rng.choice((1, 3))):
        start, size = _place(data, rng), rng.choice((1, 2, 4, 8))
        value = rng.choice(_TELLING) & ((1 << 8 * size) - 1)
        data[start : start + size] = value.to_bytes(size, rng.choice(("big", "little")))


def _cut_end(data: bytearray, rng: Random) -> None:
    del data[rng.randrange(1, len(data) + 1) :]


def _cut_out(data: bytearray, rng: Random) -> None:
    del data[_part(data, rng)]


def _zero(data: bytearray, rng: Random) -> None:
    part = _part(data, rng)
    data[part] = bytes(len(data[part]))


def _double(data: bytearray, rng: Random) -> None:
    part = _part(data, rng)
    data[part.stop : part.stop] = data[part]


def _move(data: bytearray, rng: Random) -> None:
    part = _part(data, rng)
    moved = data[part]
    del data[part]
    where = rng.randrange(len(data) + 1)
    data[where:where] = moved


def _noise(data: bytearray, rng: Random) -> None:
    part = _part(data, rng)
    data[part] = rng.randbytes(len(data[part]))


def _append_self(data: bytearray, rng: Random) -> None:
    data += data[rng.randrange(len(data)) :]


_CHANGES = (_flip, _flip, _number, _number, _number, _cut_end, _cut_out, _zero, _double, _move, _noise, _append_self)
