"""Many cases of one seed, within a budget of time, and the count of how they ended."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import NoReturn

from bench.fuzz.children import GOOD, Limits, Result


def parser(module: str, doc: str, count: int) -> argparse.ArgumentParser:
    """The options that all fuzzers have."""
    made = argparse.ArgumentParser(prog=f"python -m bench.fuzz.{module}", description=doc.splitlines()[0])
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--count", type=int, default=count)
    made.add_argument("--first", type=int, default=0, help="number of the first case")
    made.add_argument("--seconds", type=float, default=Limits().seconds, help="a case that takes longer hangs")
    made.add_argument("--minutes", type=float, default=float("inf"), help="no case begins later than this")
    return made


def tell(
    what: str, options: argparse.Namespace, attempt: Callable[[int], Result], report: Callable[[int, Result], None]
) -> NoReturn:
    """Try the cases, report what ends badly, print a count of endings, and exit with 1 if anything did.

    Args:
        what: The cases, in the plural.
        options: Of `parser`.
        attempt: Tries the case with this number.
        report: Prints what there is to know about a case that ended badly.
    """
    begun, endings, failing = time.monotonic(), Counter[str](), []
    for number in range(options.first, options.first + options.count):
        if time.monotonic() - begun > 60 * options.minutes:
            print(f"the budget of {options.minutes:g} minutes is used up before case {number}")
            break
        result = attempt(number)
        endings[result.ending] += 1
        if result.ending not in GOOD:
            failing.append(number)
            report(number, result)
    cases = ", ".join(map(str, failing)) or "none"
    print(f"{endings.total()} {what} of seed {options.seed}: {dict(endings)}; failing cases: {cases}", flush=True)
    sys.exit(int(bool(failing)))
