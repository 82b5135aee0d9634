"""What is written down about fitted directions."""

import json
from pathlib import Path

import numpy as np
import pytest

from stitch_exp.training.mobile.attributes import Described
from stitch_exp.training.mobile.directions import DirectionsPlan, Readings
from stitch_exp.training.mobile.findings import directions_metadata, write_findings


def test_figures_are_the_readings_own(tmp_path: Path) -> None:
    described = Described(["00000.jpg"], {"age": np.zeros(1)}, np.array([True]), {"age": 0.8, "happy": 0.6})
    readings = Readings(("age", "happy"), np.array([[1.0, 0.5], [0.0, 2.0]]), np.eye(2) * 4.0, np.array([0.9, 0.7]))
    write_findings(tmp_path / "new" / "findings.json", described, readings, {"age": np.array([1.0, 0.25])})
    figures = json.loads((tmp_path / "new" / "findings.json").read_text())
    assert figures["ratings_from_pictures_r2"] == {"age": 0.8, "happy": 0.6}
    assert figures["attributes_from_codes_r2"] == {"age": 0.9, "happy": 0.7}
    assert figures["moved_in_deviations"] == {"age": {"age": 1.0, "happy": 1.0}}
    # Codes are twice as wide as the step's own unit: its length is half the Euclidean one.
    assert figures["length_in_deviations"]["age"] == pytest.approx(0.5 * (1 + 0.0625) ** 0.5, rel=1e-3)


def test_metadata_are_text_and_say_how_it_was_made() -> None:
    found = directions_metadata(DirectionsPlan(code_ridge=0.1, step_ridge=0.02), 12_345)
    assert all(isinstance(value, str) for value in found.values()) and "12345 renderings" in found["method"]
    assert json.loads(found["method"].partition("; ")[2]) == {"code_ridge": 0.1, "step_ridge": 0.02}
