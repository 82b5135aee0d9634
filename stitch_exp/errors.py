"""The errors a user can meet.

    StitchError
    |- ConfigError      a setting is unknown, mistyped or impossible   (exit code 2)
    |- WeightsError     a weight file is missing, damaged or unsafe    (exit code 2)
    |- VideoError       a clip cannot be read or written               (exit code 1)
    |- FaceError        no usable face where one is needed             (exit code 1)
    |- StorageError     the disk is full or a folder is not writable   (exit code 1)
    `- DataError        measured or training data do not fit together  (exit code 1)

A message says what went wrong, where, with which value, and what to do about it.
"""


class StitchError(Exception):
    """Base of every error that is shown to the user as one paragraph."""

    exit_code = 1


class ConfigError(StitchError):
    """A setting is unknown, of the wrong type, or does not fit the others."""

    exit_code = 2


class WeightsError(StitchError):
    """A weight file is missing, damaged, of another network, or not safe to read."""

    exit_code = 2


class VideoError(StitchError):
    """A clip cannot be opened, decoded or written."""


class FaceError(StitchError):
    """No usable face was found where the method needs one."""


class StorageError(StitchError):
    """The disk is full, or a folder cannot be written."""


class DataError(StitchError):
    """Files or arrays that belong together do not fit together."""
