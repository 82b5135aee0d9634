"""What is known of the fitted directions: their file's metadata, and figures for the model card."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from jaxtyping import Float

from stitch_exp.training.mobile.attributes import Described
from stitch_exp.training.mobile.directions import DirectionsPlan, Readings


def directions_metadata(plan: DirectionsPlan, num_faces: int) -> dict[str, str]:
    """Stored beside the directions."""
    return {
        "space": "W+",
        "unit": "strength 1 is one standard deviation of the attribute over random faces",
        "method": f"attributes of {num_faces} renderings regressed on their codes; {json.dumps(asdict(plan))}",
        "data": "One Million Impressions (Peterson et al., PNAS 2022) and renderings of the generator",
        "note": "ratings are impressions of raters, not facts about anyone",
    }


def write_findings(
    path: Path, described: Described, readings: Readings, steps: Mapping[str, Float[np.ndarray, " D"]]
) -> None:
    """Writes how well ratings are predicted from pictures and read off codes, and what each direction moves."""
    figures = {
        "ratings_from_pictures_r2": described.explained,
        "attributes_from_codes_r2": dict(zip(readings.names, readings.explained.tolist(), strict=True)),
        "length_in_deviations": {name: readings.length(step) for name, step in steps.items()},
        "moved_in_deviations": {name: readings.moved(step) for name, step in steps.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1))
