from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="module")
def expected(golden: Path) -> dict[str, np.ndarray]:
    """Computed by tfjs 4.22 on the CPU from the published files."""
    return dict(np.load(golden / "recognisers_small.npz"))
