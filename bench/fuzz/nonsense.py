"""Command lines with nonsense in them: for any setting of the config, values that no method can use."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, ListConfig

from stitch_exp.config import schema
from stitch_exp.config.overrides import options

GROUPS = (
    "aligner", "encoder", "tuning", "edit", "stitching", "composite", "segmenter", "identity", "perceptual", "metrics",
    "trainer", "mode", "video", "arm",
)  # fmt: skip
"""Groups of which another option is taken now and then."""
NUMBERS = (
    "-1", "0", "-0.0", "1", "2", "0.5", "3.7", "-1e-9", "1e9", "1e38", "1e308", "1e-320", "-1e30", "nan", "inf", "-inf",
    "2147483648", "9223372036854775808", "-9223372036854775809", "100000000000000000000000", "1e400", "0x10", "1_000",
)  # fmt: skip
WORDS = (
    "nope", "''", "null", "true", "false", "[]", "{}", "[1,2]", "[nan]", "[-1,0,1e38]", "['']", "{a:1}", "{a:{b:[1]}}",
    "[[[]]]", "'a b'", "'1'", "None", "???", "'???'", "'${nothing}'", "'${edit.strength}'", "'${oc.env:NOTHING_SET}'",
    "'${edit}'", "'${oc.eval:1}'", "'${'", "../../x", "'/'", "/dev/null/x", "/dev/null", "'.'", "'~'", "here.txt",
    "'a/'", "'[red]x'", "'%s'", "'\\n'", "'line\nbreak'", "'tab\there'", "'\x00'", "'a\x00/b'", "gewöhnlich",
    "'\U0001f600'", "'/" + "x" * 300 + "'", "'" + "y/" * 3000 + "'", "stitch_exp.nothing.X", "os.system", "1,2",
    "nope,nope", "range(0,3)", "'\udcff'",
)  # fmt: skip
BAD_WORDS = ("[1", "{a:", "'open", "a b", "(", "=", "${", "a=b=c", "$(x)", "@", "\\")


def command(seed: int, number: int) -> list[str]:
    """The words of case `number` of a seed: one to five settings, now and then with an option chosen first."""
    rng = Random(f"{seed}:{number}")
    model = rng.choice(("model=mini", "model=mini", "model=ffhq_mobile"))
    groups = rng.sample(GROUPS, rng.choice((0, 0, 1, 2)))
    chosen = [model, *(f"{group}={rng.choice(options(group))}" for group in groups)]
    known = list(settings(composed(chosen)))
    typed = [_override(key, value, rng) for key, value in rng.sample(known, rng.choice((1, 1, 2, 3, 5)))]
    return [*chosen, *typed]


def composed(chosen: list[str]) -> DictConfig:
    """The root config with some options chosen."""
    schema.register()
    with initialize_config_dir(str(schema.config_folder()), version_base="1.3"):
        return compose("run", overrides=chosen)


def settings(node: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every key of a config with its value as written, leaves, groups and parts of lists alike."""
    if where:
        yield where, node
    names: Any = ()
    if isinstance(node, DictConfig) and not node._is_missing() and not node._is_none():
        names = list(node)
    elif isinstance(node, ListConfig) and not node._is_missing() and not node._is_none():
        names = range(len(node))
    for name in names:
        value = node._get_node(name)
        plain = value if isinstance(value, DictConfig | ListConfig) else value._value()
        yield from settings(plain, f"{where}.{name}".lstrip("."))


def _override(key: str, value: Any, rng: Random) -> str:
    match rng.randrange(20):
        case 0:
            return f"{_misspelt(key, rng)}={_nonsense(value, rng)}"
        case 1:
            return f"{rng.choice(('+', '++', '~', '--', '-', '@'))}{key}={_nonsense(value, rng)}"
        case 2:
            return f"{key}={rng.choice(BAD_WORDS)}"
        case 3:
            return f"+{key}.{rng.choice(('new', '0', '_target_', '_args_'))}={_nonsense(value, rng)}"
        case _:
            return f"{key}={_nonsense(value, rng)}"


def _nonsense(value: Any, rng: Random) -> str:
    likely = NUMBERS if isinstance(value, int | float) and not isinstance(value, bool) else WORDS
    return rng.choice(likely if rng.random() < 0.7 else NUMBERS + WORDS)


def _misspelt(key: str, rng: Random) -> str:
    place = rng.randrange(len(key))
    return rng.choice(
        (key[:place] + key[place + 1 :], key[:place] + "x" + key[place:], key.upper(), key + ".", "." + key)
    )
