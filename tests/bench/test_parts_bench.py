"""The table of workers."""

from bench.parts import table


def test_the_longest_part_is_what_idle_cores_would_wait_for() -> None:
    rows = [
        {"workers": 1, "seconds": 100.4, "processor": 98.0, "parts": [80.0], "bytes": ["a"]},
        {"workers": 2, "seconds": 70.0, "processor": 120.0, "parts": [30.0, 52.0], "bytes": ["b"]},
    ]
    assert table(rows).splitlines()[2:] == [
        "| 1 | 100 | 98 | 80 | 80 | 1.00 | yes |",
        "| 2 | 70 | 120 | 82 | 52 | 0.65 | NO |",
    ]
