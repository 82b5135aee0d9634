"""Settings of all tests."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same cases on every machine, however slow it is: a failure is then the code's.
settings.register_profile("repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def golden() -> Path:
    """Folder of the reference numbers."""
    return Path(__file__).parent / "golden"
