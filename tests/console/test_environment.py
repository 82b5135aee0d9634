"""The number of threads is decided once for all processes of a command."""

import os
import platform
import subprocess
import sys

import pytest

from stitch_exp.console import environment


@pytest.fixture(autouse=True)
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (environment.THREADS, "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_what_the_user_set_counts_then_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    cores = environment.threads()
    assert cores >= 1
    monkeypatch.setenv("OMP_NUM_THREADS", "3,2")
    assert environment.threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert environment.threads() == cores


def test_a_launcher_that_gives_fewer_cores_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    environment.set_defaults()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # what joblib does to its workers
    environment.set_defaults()
    assert environment.threads() == 4


def test_spinning_is_left_to_a_user_who_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    environment.set_defaults()
    assert environment.os.environ["GOMP_SPINCOUNT"] == environment.SPINS
    monkeypatch.delenv("GOMP_SPINCOUNT")
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    environment.set_defaults()
    assert "GOMP_SPINCOUNT" not in environment.os.environ


TOUCH = """
import resource
import numpy as np
from stitch_exp.console import environment
environment.set_defaults()
def fill():
    np.ones(48 * 2**20 // 8)
fill()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(16):
    fill()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has mallopt")
def test_freed_memory_serves_the_next_array_without_new_pages():
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    own = clean | {"MALLOC_ARENA_MAX": "1"}  # the user's own setting: ours stays away

    def faults(environment: dict[str, str]) -> int:
        command = [sys.executable, "-c", TOUCH]
        return int(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)

    kept, mapped = faults(clean), faults(own)
    assert 10 * kept < mapped


HELD = """
import os
import numpy as np
from stitch_exp.console import environment
environment.set_defaults()
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
blocks = [np.ones(2**20 // 8) for _ in range(200)]
last = np.ones(2**20 // 8)  # keeps the heap's end where it is
before = resident()
del blocks
kept = resident()
environment.return_freed_memory()
print(before - kept, kept - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has malloc_trim")
def test_between_jobs_freed_memory_goes_back_to_the_system():
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    printed = subprocess.run([sys.executable, "-c", HELD], env=clean, capture_output=True, text=True, check=True).stdout
    at_once, returned = map(float, printed.split())
    assert at_once < 20 and returned > 150
