"""What is said when a package finds no library of the system."""

import pytest

from stitch_exp.console.messages import exit_code, sentence, unwrapped
from stitch_exp.console.system_libraries import missing

ABSENT = "cannot open shared object file: No such file or directory"


@pytest.mark.parametrize("file", ["libGL.so.1", "libxcb.so.1", "libglib-2.0.so.0", "libgthread-2.0.so.0", "libSM.so.6"])
def test_the_opencv_that_needs_a_screen_says_how_to_mend_it(file):
    error = unwrapped(ImportError(f"{file}: {ABSENT}"))
    assert sentence(error) == (
        f"OpenCV cannot be imported, as {file} is missing: run "
        "`pip install --force-reinstall --no-deps 'opencv-python-headless<5'`"
    )
    assert exit_code(error) == 2


@pytest.mark.parametrize("text", [f"libEGL.so.1: {ABSENT}", "/lib/x86_64-linux-gnu/libGLESv2.so.2: file too short"])
def test_what_mediapipe_loads_is_named_with_its_packages(text):
    assert "run `apt-get install libegl1 libgles2`" in sentence(unwrapped(OSError(text)))


def test_any_other_library_is_named():
    assert "libgomp.so.1, is missing: install" in str(missing(OSError(f"libgomp.so.1: {ABSENT}")))


@pytest.mark.parametrize(
    "error",
    [OSError("a.mp4: No such file"), ImportError("no module named x"), ValueError(f"libGL.so.1: {ABSENT}")],
)
def test_other_errors_stay_as_they_are(error):
    assert missing(error) is None and unwrapped(error) is error
