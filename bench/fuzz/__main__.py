"""All fuzzers one after the other: damaged videos, nonsense settings, hostile weight files.

    python -m bench.fuzz --seed 0 --videos 300 --configs 200 --weights 150 --minutes 60

Each fuzzer is a process of its own and gets what is left of the budget. Exits with 1 if any case ended badly.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence

MODULES = {"configs": "configs", "weights": "weight_files", "videos": "videos"}
"""Option to module; the quick ones first."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all three and exit with 1 if one found something."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--configs", type=int, default=200)
    parser.add_argument("--weights", type=int, default=150)
    parser.add_argument("--videos", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=60.0, help="budget of all together")
    options = parser.parse_args(arguments)
    end = time.monotonic() + 60 * options.minutes
    found = 0
    for name, module in MODULES.items():
        left = max(0.0, end - time.monotonic()) / 60
        words = ["--seed", str(options.seed), "--count", str(getattr(options, name)), "--minutes", f"{left:.2f}"]
        found += subprocess.run([sys.executable, "-m", f"bench.fuzz.{module}", *words], check=False).returncode
    sys.exit(int(found > 0))


if __name__ == "__main__":
    main()
