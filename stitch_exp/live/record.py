"""How fast a live session was: what was shown, how late, and at which cost."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np


class Record:
    """Counts one session from its making on."""

    def __init__(self) -> None:
        self._begin, self._cpu = time.perf_counter(), time.process_time()
        self._latency_s: list[float] = []
        self.faces = self.late = 0

    def shown(self, latency_s: float, has_face: bool) -> None:
        """One frame reached the output, so long after it was taken."""
        self._latency_s.append(latency_s)
        self.faces += has_face

    def figures(self, dropped: int, searches: int) -> dict[str, Any]:
        """Everything worth knowing, under plain names.

        Args:
            dropped: Frames that nobody had time to take.
            searches: How often the detector searched.
        """
        seconds = max(time.perf_counter() - self._begin, 1e-9)
        latency = 1000 * np.array(self._latency_s or [np.nan])
        return {
            "frames_shown": len(self._latency_s),
            "frames_with_face": self.faces,
            "frames_dropped": dropped,
            "frames_too_late": self.late,
            "detector_searches": searches,
            "frames_per_second": round(len(self._latency_s) / seconds, 2),
            "latency_median_ms": round(float(np.median(latency)), 1),
            "latency_p95_ms": round(float(np.percentile(latency, 95)), 1),
            "latency_max_ms": round(float(latency.max()), 1),
            "cores_busy": round((time.process_time() - self._cpu) / seconds, 2),
            "cores": os.cpu_count() or 1,
        }
