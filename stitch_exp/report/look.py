"""The pictures of a page: strips, the frame with the largest edit, and frames that stand out for the worse."""

from typing import Any

import numpy as np

from stitch_exp.report import pictures, words
from stitch_exp.types import Clip


class Look:
    """The pictures of a page, read from the two videos."""

    def __init__(self, source: Clip | None, edited: Clip | None, curves: dict[str, np.ndarray]) -> None:
        self.source, self.edited, self.curves = source, edited, curves
        self.length = min((len(clip.frames) for clip in (source, edited) if clip is not None), default=0)

    def _pairs(self, wanted: list[int]) -> dict[int, pictures.Pair]:
        return pictures.pairs(self.source, self.edited, wanted)

    def _close(self, frame: int, pair: pictures.Pair) -> pictures.Pair:
        """The face of both pictures, as large as the page shows it."""
        shown = pair.edited if pair.edited is not None else pair.source
        return pair.cut(pictures.face_box(self.curves, frame, shown.shape[:2]))  # type: ignore[union-attr]

    def strip(self) -> list[tuple[int, str]]:
        """Six frames over the clip, source above edited, close to the face."""
        wanted = sorted({round(t) for t in np.linspace(0, self.length - 1, 6)}) if self.length else []
        found = self._pairs(wanted)
        return [(t, pictures.data_uri(self._close(t, pair).stacked)) for t, pair in found.items()]

    def slider(self) -> dict[str, str] | None:
        """The frame with the largest edit, before and after, close to the face."""
        curve = next((self.curves[name] for name in ("edit_change", "face_change") if name in self.curves), None)
        known = curve is not None and bool(np.isfinite(curve).any())
        frame = int(np.nanargmax(curve)) if known else self.length // 2  # type: ignore[arg-type]
        pair = self._pairs([frame]).get(frame)
        if pair is None or pair.source is None or pair.edited is None or pair.source.shape != pair.edited.shape:
            return None
        close = self._close(frame, pair)
        before, after = (pictures.data_uri(image, width=640) for image in (close.source, close.edited))  # type: ignore[arg-type]
        return {"frame": str(frame), "before": before, "after": after}

    def poster(self) -> str:
        """The first frame, source left of edited."""
        found = self._pairs([0] if self.length else [])
        return pictures.data_uri(found[0].beside, width=960) if 0 in found else ""

    def worst(self) -> list[dict[str, Any]]:
        """Frames that stand out for the worse, and why."""
        watched = [item for item in words.QUANTITIES.values() if item.watched and item.name in self.curves]
        signs = {"lower": 1, "higher": -1}
        chosen = pictures.worst_frames({item.name: (self.curves[item.name], signs[item.better]) for item in watched})
        found = self._pairs([frame for frame, _ in chosen])
        return [
            {
                "frame": frame,
                "why": f"{words.title_of(name)} {words.number(float(self.curves[name][frame]))}",
                "picture": pictures.data_uri(self._close(frame, found[frame]).stacked),
            }
            for frame, name in chosen
            if frame in found
        ]
