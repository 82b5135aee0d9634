"""dlib's model file."""

import importlib.metadata

import pytest

from stitch_exp.errors import WeightsError
from stitch_exp.faces.dlib_detector import model_path


def test_model_is_found_without_importing_its_package():
    import sys

    assert model_path().stat().st_size > 90_000_000
    assert "face_recognition_models" not in sys.modules


def test_missing_package(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", missing)
    with pytest.raises(WeightsError, match="pip install face_recognition_models"):
        model_path()
