"""Identity consistency over time: TL-ID, TG-ID, and similarity to the source.

The two consistency metrics of Stitch-it-in-Time (Tzaban et al. 2022, section 5.2). With unit embeddings e of the edited
frames and s of the source frames, every pair of frames has the ratio

    R[i, j] = <e_i, e_j> / <s_i, s_j>.

A pair whose source similarity lies below `min_similarity` is skipped and counted, because its ratio says nothing; the
paper's formula skips none. Values above 1 are possible; 1 means as consistent as the source. A face that the edit lost
is like nothing: its pairs have the ratio 0, and are counted too. No pair spans a cut.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from stitch_exp.measures.base import Metric, PerFrame, mean_defined
from stitch_exp.measures.observation import EMBEDDINGS, Observation
from stitch_exp.measures.quantity import Quantity
from stitch_exp.types import MetricResult

BLOCK = 512
GROUP = "Identity over time"


def _of_pairs(name: str, title: str, meaning: str) -> tuple[Quantity, ...]:
    """What TL-ID and TG-ID declare."""
    return (
        Quantity(
            name=name, title=title, meaning=meaning, group=GROUP, better="one", chart=GROUP, level=1.0, column=True,
            headline=True,
        ),
        Quantity(
            name=f"{name}_ratio_of_means", title=f"{title} (ratio of means)", group=GROUP, better="one",
            meaning="The same, less sensitive to unlike pairs.",
        ),
        Quantity(
            name=f"{name}_found", title=f"{title} of found faces", group=GROUP, better="one",
            meaning="The same over the pairs in which the edit kept both faces.",
        ),
        Quantity(
            name=f"{name}_skipped", title=f"{title} pairs skipped", group=GROUP, unit="pairs", column=True,
            meaning="Too unlike in the source to divide by, or a face lost in the edit.",
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sums:
    """Over the pairs of a clip: how many there are and what their ratios and similarities add up to."""

    total: int
    unlike: int
    lost: int
    ratios: float
    edited: float
    source: float


class _Pairs(Metric):
    """What TL-ID and TG-ID share: sums over pairs of frames, and the numbers made of them."""

    inputs = EMBEDDINGS

    def __init__(self, *, min_similarity: float, identity: str = "") -> None:
        self.min_similarity, self.instrument = min_similarity, identity
        self.reset()

    def results(self, curve: Float[np.ndarray, " T"], mean: float, sums: _Sums) -> tuple[MetricResult, ...]:
        """Mean of ratios (primary), ratio of means, mean over found faces, and how many pairs were skipped."""
        counted = sums.total - sums.unlike
        found = sums.ratios / (counted - sums.lost) if counted > sums.lost else float("nan")
        values = (
            mean,
            sums.edited / sums.source if counted else float("nan"),
            found if sums.lost else mean,
            float(sums.unlike + sums.lost),
        )
        curves, notes = (curve, None, None, None), (self._note(sums), "", "", "")
        return tuple(
            item.result(value, values_of, note=note, instrument=self.instrument)
            for item, value, values_of, note in zip(self.quantities, values, curves, notes, strict=True)
        )

    def _note(self, sums: _Sums) -> str:
        if not sums.total:
            return "undefined: fewer than two frames with a face that can be paired"
        used = sums.total - sums.unlike - sums.lost
        lost = f", {sums.lost} with a face lost in the edit count as 0" if sums.lost else ""
        return (
            f"{used} of {sums.total} pairs used, "
            f"{sums.unlike} skipped (source similarity < {self.min_similarity:g}){lost}"
        )


class TLID(_Pairs):
    """Temporally local identity preservation: mean over i of R[i, i+1].

    Range about [0, 2], 1 = neighbouring frames of the edit are as alike as those of the source. A pair counts when both
    frames are of one shot and the source shows a face in both. `per_frame[t]` is R[t-1, t]. Memory: two embeddings.

    Reference: Tzaban et al. 2022, section 5.2 (TL-ID).
    """

    word = "tl_id"
    quantities = _of_pairs("tl_id", "TL-ID", "Neighbouring frames are as alike as in the source.")

    def reset(self) -> None:
        self.previous: tuple[Float[np.ndarray, " D"], Float[np.ndarray, " D"]] | None = None
        self.ratios: list[float] = []
        self.total, self.unlike, self.lost, self.edited, self.source = 0, 0, 0, 0.0, 0.0

    def update(self, frame: Observation) -> None:
        before, now = None if frame.cut else self.previous, embeddings_of(frame)
        self.ratios.append(self._ratio(before, now) if before and now else float("nan"))
        self.previous = now

    def _ratio(self, before: tuple, now: tuple) -> float:
        self.total += 1
        source, edited = float(before[0] @ now[0]), float(before[1] @ now[1])
        if source < self.min_similarity or source == 0.0:
            self.unlike += 1
            return float("nan")
        self.lost += not (before[1].any() and now[1].any())
        self.edited, self.source = self.edited + edited, self.source + source
        return edited / source

    def compute(self) -> tuple[MetricResult, ...]:
        curve = np.asarray(self.ratios, np.float64)
        sums = _Sums(self.total, self.unlike, self.lost, float(np.nansum(curve)), self.edited, self.source)
        return self.results(curve, mean_defined(curve), sums)


class TGID(_Pairs):
    """Temporally global identity preservation: mean over all i != j of R[i, j].

    Range about [0, 2], 1 = any two frames of the edit are as alike as those of the source. Frames of different shots
    make no pair, nor do frames in which the source has no face. `per_frame[t]` is the mean of R[t, j] over j. Memory:
    the embeddings, never the whole matrix.

    Reference: Tzaban et al. 2022, section 5.2 (TG-ID).
    """

    word = "tg_id"
    quantities = _of_pairs("tg_id", "TG-ID", "Any two frames are as alike as in the source.")

    def reset(self) -> None:
        self.pairs: list[tuple[Float[np.ndarray, " D"], Float[np.ndarray, " D"]] | None] = []
        self.shots: list[int] = []

    def update(self, frame: Observation) -> None:
        self.pairs.append(embeddings_of(frame))
        self.shots.append((self.shots[-1] if self.shots else 0) + frame.cut)

    def compute(self) -> tuple[MetricResult, ...]:
        index = np.asarray([t for t, pair in enumerate(self.pairs) if pair is not None], np.int64)
        curve = np.full(len(self.pairs), np.nan)
        shots = np.asarray(self.shots, np.int64)[index]
        sizes = np.unique(shots, return_counts=True)[1]
        total = int((sizes * (sizes - 1) // 2).sum())
        if not total:
            return self.results(curve, float("nan"), _Sums(0, 0, 0, 0.0, 0.0, 0.0))
        source, edited = (np.stack([self.pairs[t][side] for t in index]) for side in (0, 1))
        rows = _ratio_rows(source, edited, shots, self.min_similarity)
        used, ratios, above, below, lost = rows.T
        with np.errstate(invalid="ignore", divide="ignore"):
            curve[index] = ratios / used
        mean = float(ratios.sum() / used.sum()) if used.sum() else float("nan")
        unlike = total - int(used.sum()) // 2
        # Every pair stands in two rows; the sums of ratios and similarities only meet in quotients.
        sums = _Sums(
            total, unlike, int(lost.sum()) // 2, float(ratios.sum()) / 2, float(above.sum()), float(below.sum())
        )
        return self.results(curve, mean, sums)


def _ratio_rows(
    source: Float[np.ndarray, "N D"],
    edited: Float[np.ndarray, "N D"],
    shots: Int[np.ndarray, " N"],
    min_similarity: float,
) -> Float[np.ndarray, "N 5"]:
    """For each frame, over its usable partners of the same shot: their number, the sums of ratios, of edited and of
    source similarities, and how many pairs have a lost face."""
    rows = np.zeros((len(source), 5))
    gone = np.logical_not(edited.any(axis=1))
    for start in range(0, len(source), BLOCK):
        block = slice(start, start + BLOCK)
        below, above = source[block] @ source.T, edited[block] @ edited.T
        use = (below >= min_similarity) & (below != 0.0) & (shots[block][:, None] == shots)
        use[np.arange(len(below)), np.arange(start, start + len(below))] = False
        ratios = np.divide(above, below, out=np.zeros_like(above), where=use)
        lost = use & (gone[block][:, None] | gone)
        kept = [use, ratios, np.where(use, above, 0.0), np.where(use, below, 0.0), lost]
        rows[block] = np.stack([part.sum(1) for part in kept], axis=1)
    return rows


class IdentityToSource(PerFrame):
    """Mean over frames of the cosine <e_t, s_t>: how much of the person is left after the edit.

    Range [-1, 1], higher is better; an unedited video gives 1, so read it beside what the edit achieved. A frame in
    which the edit lost the face counts as 0.
    """

    word, inputs = "identity_to_source", EMBEDDINGS
    quantities = (
        Quantity(
            name="identity_to_source", title="Identity to source",
            meaning="Cosine to the same frame of the source; 0 where the face is lost.", group=GROUP, better="higher",
            chart="Identity to source", column=True, headline=True, watched=True,
        ),
    )  # fmt: skip

    def __init__(self, *, identity: str = "") -> None:
        super().__init__()
        self.instrument = identity

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
