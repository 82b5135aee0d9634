"""A driver for GPUs is looked for, and nothing is loaded for it."""

import ctypes
import subprocess
import sys

import pytest

from stitch_exp.config import gpu


@pytest.mark.parametrize(
    ("installed", "found"),
    [((), False), (("libcuda.so.1",), True), (("libamdhip64.so",), True), (("libcudart.so",), False)],
)
@pytest.mark.skipif(sys.platform == "win32", reason="other names there")
def test_either_of_the_two_drivers_that_pytorch_calls_cuda_is_enough(installed, found, monkeypatch):
    asked = []

    def load(name):
        asked.append(name)
        if name not in installed:
            raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", load)
    assert gpu.has_driver() is found
    assert asked[0] == "libcuda.so.1" and (found or len(asked) == 2)


def test_the_look_imports_no_torch():
    code = "import sys; from stitch_exp.config import gpu; gpu.has_driver(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
