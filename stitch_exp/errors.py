"""The errors a user can meet.

    StitchError
    |- ConfigError      a setting is unknown, mistyped or impossible   (exit code 2)
    |  `- SettingsError  values that the class which owns them refuses
    |- WeightsError     a weight file is missing, damaged or unsafe    (exit code 2)
    |- VideoError       a clip cannot be read or written               (exit code 1)
    |- FaceError        no usable face where one is needed             (exit code 1)
    |- StorageError     the disk is full or a folder is not writable   (exit code 1)
    |- DivergenceError  an optimisation or a rendering left the numbers (exit code 1)
    `- DataError        measured or training data do not fit together  (exit code 1)

A message says what went wrong, where, with which value, and what to do about it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping


class StitchError(Exception):
    """Base of every error that is shown to the user as one paragraph."""

    exit_code = 1


class ConfigError(StitchError):
    """A setting is unknown, of the wrong type, or does not fit the others."""

    exit_code = 2


class SettingsError(ConfigError):
    """Values of settings that the class which owns them refuses, all of them at once.

    Args:
        problems: What is wrong, by the name of the setting in the constructor, such as `{"gain": "is 2; use less"}`.
            The one who knows where the class stands in the config puts the group in front of the names.
        owner: The class.
    """

    def __init__(self, problems: Mapping[str, str], owner: str = "") -> None:
        self.problems = dict(problems)
        self.owner = owner
        super().__init__("; ".join(f"{name} {text}" for name, text in problems.items()))

    def below(self, where: str) -> SettingsError:
        """The same complaint with names that start at `where`, the place of the class in the config."""
        return SettingsError({f"{where}.{name}": text for name, text in self.problems.items()}, self.owner)


class WeightsError(StitchError):
    """A weight file is missing, damaged, of another network, or not safe to read."""

    exit_code = 2


class VideoError(StitchError):
    """A clip cannot be opened, decoded or written."""


class FaceError(StitchError):
    """No usable face was found where the method needs one."""


class StorageError(StitchError):
    """The disk is full, or a folder cannot be written."""


class DivergenceError(StitchError):
    """A loss or an image is no longer made of numbers, so that nothing a face could come from is left."""


class DataError(StitchError):
    """Files or arrays that belong together do not fit together."""


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that is spelled most like this one, or None.

    Args:
        word: As typed.
        known: What there is.
        cutoff: How alike words must be, 0 to 1 (`difflib.get_close_matches`).
    """
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)), None)


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """For the end of a message: `; did you mean 'x'?` with the `nearest` word, or nothing."""
    found = nearest(word, known, cutoff)
    return "" if found is None else f"; did you mean '{found}'?"
