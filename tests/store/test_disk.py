"""What the system says about the disk, as one sentence."""

import errno
import os

import pytest
from safetensors import SafetensorError

from stitch_exp.errors import StorageError
from stitch_exp.store.disk import storage_errors


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.ENOTDIR])
def test_the_folder_the_reason_and_two_ways_out_are_said(tmp_path, number):
    with pytest.raises(StorageError) as caught, storage_errors(tmp_path / "k"):
        raise OSError(number, os.strerror(number))
    text = str(caught.value)
    assert text.startswith(f"cannot write {tmp_path / 'k'}: {os.strerror(number)}; ")
    assert "stitch_exp.store prune" in text and "paths.outputs" in text
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize(
    "error",
    [
        OSError("64 requested and 12 written"),  # NumPy
        SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
        SafetensorError('IoError(Os { code: 28, kind: StorageFull, message: "..." })'),
    ],
)
def test_libraries_say_a_full_disk_in_words_of_their_own(tmp_path, error):
    with pytest.raises(StorageError, match="No space left on device; free some space"), storage_errors(tmp_path):
        raise error


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "gone"), OSError("something else"), SafetensorError("header too large"),
        ValueError("ours"), KeyboardInterrupt(),
    ],
)  # fmt: skip
def test_other_errors_are_left_alone(tmp_path, error):
    with pytest.raises(type(error)) as caught, storage_errors(tmp_path):
        raise error
    assert caught.value is error


def test_what_goes_well_says_nothing(tmp_path):
    with storage_errors(tmp_path):
        done = True
    assert done
