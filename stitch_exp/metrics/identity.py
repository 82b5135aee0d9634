"""Identity consistency over time: TL-ID, TG-ID, and similarity to the source.

The two consistency metrics of Stitch-it-in-Time (Tzaban et al. 2022, section 5.2). With unit embeddings e of the edited
frames and s of the source frames, every pair of frames has the ratio

    R[i, j] = <e_i, e_j> / <s_i, s_j>.

A pair whose source similarity lies below `min_similarity` is skipped and counted, because its ratio says nothing; the
paper's formula skips none. Values above 1 are possible; 1 means as consistent as the source.
"""

import numpy as np
from jaxtyping import Float

from stitch_exp.metrics.base import Metric, PerFrame, mean_defined
from stitch_exp.metrics.observation import Observation
from stitch_exp.types import MetricResult

BLOCK = 512


class _Pairs(Metric):
    """What TL-ID and TG-ID share: sums over pairs of frames, and the three numbers made of them."""

    def __init__(self, *, name: str, min_similarity: float, instrument: str = "") -> None:
        self.name, self.min_similarity, self.instrument = name, min_similarity, instrument

    def results(
        self,
        curve: Float[np.ndarray, " T"],
        mean: float,
        sums: tuple[float, float],
        skipped: int,
        total: int,
    ) -> tuple[MetricResult, ...]:
        """Mean of ratios (primary), ratio of means, and how many pairs were skipped."""
        of_means = sums[0] / sums[1] if total > skipped else float("nan")
        note = (
            f"{total - skipped} of {total} pairs used, {skipped} skipped (source similarity < {self.min_similarity:g})"
        )
        if not total:
            note = "undefined: fewer than two frames with a face that can be paired"
        return (
            MetricResult(self.name, mean, "", "one", curve, note, self.instrument),
            MetricResult(f"{self.name}_ratio_of_means", of_means, "", "one", None, "", self.instrument),
            MetricResult(f"{self.name}_skipped", float(skipped), "pairs", "none", None, "", self.instrument),
        )


class TLID(_Pairs):
    """Temporally local identity preservation: mean over i of R[i, i+1].

    Range about [0, 2], 1 = neighbouring frames of the edit are as alike as those of the source. A pair counts when both
    frames have a face. `per_frame[t]` is R[t-1, t]. Memory: two embeddings.

    Reference: Tzaban et al. 2022, section 5.2 (TL-ID).
    """

    def __init__(self, *, min_similarity: float, instrument: str = "") -> None:
        super().__init__(name="tl_id", min_similarity=min_similarity, instrument=instrument)
        self.reset()

    def reset(self) -> None:
        self.previous: tuple[Float[np.ndarray, " D"], Float[np.ndarray, " D"]] | None = None
        self.ratios: list[float] = []
        self.sums, self.skipped, self.total = (0.0, 0.0), 0, 0

    def update(self, frame: Observation) -> None:
        now = embeddings_of(frame)
        self.ratios.append(self._ratio(self.previous, now) if self.previous and now else float("nan"))
        self.previous = now

    def _ratio(self, before: tuple, now: tuple) -> float:
        self.total += 1
        source, edited = float(before[0] @ now[0]), float(before[1] @ now[1])
        if source < self.min_similarity or source == 0.0:
            self.skipped += 1
            return float("nan")
        self.sums = (self.sums[0] + edited, self.sums[1] + source)
        return edited / source

    def compute(self) -> tuple[MetricResult, ...]:
        curve = np.asarray(self.ratios, np.float64)
        return self.results(curve, mean_defined(curve), self.sums, self.skipped, self.total)


class TGID(_Pairs):
    """Temporally global identity preservation: mean over all i != j of R[i, j].

    Range about [0, 2], 1 = any two frames of the edit are as alike as those of the source. Frames without a face take
    part in no pair. `per_frame[t]` is the mean of R[t, j] over j. Memory: the embeddings, never the whole matrix.

    Reference: Tzaban et al. 2022, section 5.2 (TG-ID).
    """

    def __init__(self, *, min_similarity: float, instrument: str = "") -> None:
        super().__init__(name="tg_id", min_similarity=min_similarity, instrument=instrument)
        self.reset()

    def reset(self) -> None:
        self.pairs: list[tuple[Float[np.ndarray, " D"], Float[np.ndarray, " D"]] | None] = []

    def update(self, frame: Observation) -> None:
        self.pairs.append(embeddings_of(frame))

    def compute(self) -> tuple[MetricResult, ...]:
        index = np.asarray([t for t, pair in enumerate(self.pairs) if pair is not None], np.int64)
        curve = np.full(len(self.pairs), np.nan)
        total = len(index) * (len(index) - 1) // 2
        if not total:
            return self.results(curve, float("nan"), (0.0, 0.0), 0, 0)
        source, edited = (np.stack([self.pairs[t][side] for t in index]) for side in (0, 1))
        rows = _ratio_rows(source, edited, self.min_similarity)
        used = rows[:, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            curve[index] = rows[:, 1] / used
        mean = float(rows[:, 1].sum() / used.sum()) if used.sum() else float("nan")
        sums = (float(rows[:, 2].sum()), float(rows[:, 3].sum()))
        return self.results(curve, mean, sums, total - int(used.sum()) // 2, total)


def _ratio_rows(
    source: Float[np.ndarray, "N D"], edited: Float[np.ndarray, "N D"], min_similarity: float
) -> Float[np.ndarray, "N 4"]:
    """For each frame, over its usable partners: their number, sum of ratios, of edited and of source similarities."""
    rows = np.zeros((len(source), 4))
    for start in range(0, len(source), BLOCK):
        block = slice(start, start + BLOCK)
        below, above = source[block] @ source.T, edited[block] @ edited.T
        use = (below >= min_similarity) & (below != 0.0)
        use[np.arange(len(below)), np.arange(start, start + len(below))] = False
        ratios = np.divide(above, below, out=np.zeros_like(above), where=use)
        rows[block] = np.stack(
            [use.sum(1), ratios.sum(1), np.where(use, above, 0.0).sum(1), np.where(use, below, 0.0).sum(1)], axis=1
        )
    return rows


class IdentityToSource(PerFrame):
    """Mean over frames of the cosine <e_t, s_t>: how much of the person is left after the edit.

    Range [-1, 1], higher is better; an unedited video gives 1, so read it beside the edit strength.
    """

    def __init__(self, *, instrument: str = "") -> None:
        inputs = ("source_embedding", "edited_embedding")
        super().__init__(name="identity_to_source", unit="", better="higher", inputs=inputs, instrument=instrument)

    def measure(self, source: Float[np.ndarray, " D"], edited: Float[np.ndarray, " D"]) -> float:
        return float(_unit(source) @ _unit(edited))


def embeddings_of(frame: Observation) -> tuple[Float[np.ndarray, " D"], Float[np.ndarray, " D"]] | None:
    """Unit source and edited embeddings in double precision; None unless the frame has both."""
    if frame.source_embedding is None or frame.edited_embedding is None:
        return None
    return _unit(frame.source_embedding), _unit(frame.edited_embedding)


def _unit(vector: Float[np.ndarray, " D"]) -> Float[np.ndarray, " D"]:
    double = vector.astype(np.float64)
    length = float(np.linalg.norm(double))
    return double / length if length else double
