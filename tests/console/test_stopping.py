"""Asked to stop, the program ends; whatever else is at work in it."""

import subprocess
import sys

import pytest

from stitch_exp.config.schema import PROJECT

HANGS = {
    "at exit, as W&B for its service": "atexit.register(time.sleep, 600)",
    "in a thread": "threading.Thread(target=time.sleep, args=(600,)).start()",
    "while it is taken down": "sys.held = Held()",
    "nowhere": "pass",
}
CHILD = """
import atexit, os, signal, sys, threading, time
from stitch_exp.console import stopping
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell started the tests behind a `&`
stopping.listen()
class Held:
    def __del__(self, sleep=time.sleep):
        sleep(600)
{hang}
print("begun", flush=True)
try:
    os.kill(os.getpid(), signal.{name})
    time.sleep(600)
except stopping.Stopped as error:
    print(error)
    stopping.leave(error.exit_code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without asking")
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
@pytest.mark.parametrize("hang", HANGS.values(), ids=HANGS)
def test_a_signal_ends_a_process_that_something_holds(hang: str, name: str, code: int) -> None:
    line = [sys.executable, "-c", CHILD.format(hang=hang, name=name)]
    done = subprocess.run(line, cwd=PROJECT, capture_output=True, text=True, timeout=120)
    who = "Ctrl-C" if name == "SIGINT" else name
    assert (done.returncode, done.stdout, done.stderr) == (code, f"begun\nstopped by {who}\n", "")
