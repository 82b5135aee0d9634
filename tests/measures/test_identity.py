import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stitch_exp.measures.identity import TGID, TLID, IdentityToSource
from stitch_exp.measures.observation import Observation


def feed(metric, source, edited):
    for s, e in zip(source, edited, strict=True):
        metric.update(Observation(source_embedding=s, edited_embedding=e))
    return {result.name: result for result in metric.compute()}


def both(source, edited, min_similarity=-1.0):
    local = feed(TLID(min_similarity=min_similarity), source, edited)
    return local | feed(TGID(min_similarity=min_similarity), source, edited)


def values(source, edited, **options):
    found = both(source, edited, **options)
    return found["tl_id"].value, found["tg_id"].value


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def independent(source, edited, floor):
    """The paper's formula with plain loops, written without looking at the package."""
    n = len(source)
    ratio = {}
    for i in range(n):
        for j in range(n):
            below = sum(a * b for a, b in zip(source[i], source[j], strict=True))
            above = sum(a * b for a, b in zip(edited[i], edited[j], strict=True))
            if i != j and below >= floor and below != 0:
                ratio[i, j] = above / below
    near = [ratio[i, i + 1] for i in range(n - 1) if (i, i + 1) in ratio]
    mean = lambda numbers: sum(numbers) / len(numbers) if numbers else float("nan")  # noqa: E731
    return mean(near), mean(list(ratio.values()))


def test_published_check_values():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((5, 8))
    b = a + 0.3 * rng.standard_normal((5, 8))
    local, overall = values(unit(a + 3), unit(b + 3))
    assert local == pytest.approx(0.9948440307605471, abs=1e-12)
    assert overall == pytest.approx(0.9999083523692454, abs=1e-12)


def test_identical_videos_give_exactly_one():
    rows = np.random.default_rng(1).standard_normal((7, 16)) + 2
    assert values(rows, rows.copy()) == (1.0, 1.0)


def test_identity_swapped_halfway_gives_the_computed_value():
    first, second = np.array([1.0, 0.0, 0.0]), np.array([0.6, 0.8, 0.0])
    source, edited = np.stack([first] * 10), np.stack([first] * 5 + [second] * 5)
    local, overall = values(source, edited)
    assert local == pytest.approx((8 * 1.0 + 0.6) / 9)
    assert overall == pytest.approx((20 * 1.0 + 25 * 0.6) / 45)


def test_a_glitch_moves_tl_id_more_and_a_drift_moves_tg_id_more():
    source = np.repeat(np.array([[1.0, 0.0]]), 30, axis=0)
    glitch = source.copy()
    glitch[15] = [0.5, np.sqrt(0.75)]
    angles = np.linspace(0.0, 1.2, 30)
    drift = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    glitch_local, glitch_global = (1.0 - value for value in values(source, glitch))
    drift_local, drift_global = (1.0 - value for value in values(source, drift))
    assert glitch_local == pytest.approx(2 * 0.5 / 29)
    assert glitch_local > glitch_global * 1.0 and drift_global > 50 * drift_local


@settings(max_examples=60)
@given(st.integers(2, 9), st.integers(2, 6), st.integers(0, 10_000), st.sampled_from([-1.0, 0.0, 0.3]))
def test_agrees_with_an_independent_formula(frames, width, seed, floor):
    rng = np.random.default_rng(seed)
    source, edited = unit(rng.standard_normal((frames, width)) + 0.5), unit(rng.standard_normal((frames, width)))
    expected = independent(source, edited, floor)
    assert values(source, edited, min_similarity=floor) == pytest.approx(expected, rel=1e-6, nan_ok=True)


def test_agrees_over_more_than_one_block(monkeypatch):
    monkeypatch.setattr("stitch_exp.measures.identity.BLOCK", 3)
    rng = np.random.default_rng(3)
    source, edited = unit(rng.standard_normal((11, 5)) + 1), unit(rng.standard_normal((11, 5)) + 1)
    assert values(source, edited) == pytest.approx(independent(source, edited, -1.0), rel=1e-9)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.01, 100.0))
def test_length_of_the_embeddings_does_not_matter(seed, scale):
    rng = np.random.default_rng(seed)
    source, edited = rng.standard_normal((5, 4)) + 2, rng.standard_normal((5, 4)) + 2
    assert values(source, edited * scale) == pytest.approx(values(source, edited), rel=1e-9)


def test_curves_skipped_pairs_and_ratio_of_means():
    source = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    edited = np.array([[1.0, 0.0], [1.0, 0.0], [0.6, 0.8]])
    found = both(source, edited, min_similarity=0.1)
    assert found["tl_id_skipped"].value == 1 and found["tg_id_skipped"].value == 2
    np.testing.assert_allclose(found["tl_id"].per_frame, [np.nan, np.nan, 0.6])
    np.testing.assert_allclose(found["tg_id"].per_frame, [np.nan, 0.6, 0.6])
    assert found["tg_id_ratio_of_means"].value == pytest.approx(0.6)
    assert "2 skipped" in found["tg_id"].note


def test_frames_without_a_face_join_no_pair():
    rows = np.random.default_rng(4).standard_normal((6, 8)) + 2
    local, overall = TLID(min_similarity=-1.0), TGID(min_similarity=-1.0)
    for t, row in enumerate(rows):
        seen = Observation() if t == 2 else Observation(source_embedding=row, edited_embedding=row)
        local.update(seen)
        overall.update(seen)
    assert local.compute()[0].note.startswith("3 of 3 pairs")
    assert overall.compute()[0].note.startswith("10 of 10 pairs")
    assert np.isnan(overall.compute()[0].per_frame[2]) and overall.compute()[0].value == 1.0


@pytest.mark.parametrize("frames", [0, 1])
def test_too_few_frames_are_undefined_and_say_so(frames):
    found = both(np.ones((frames, 3)), np.ones((frames, 3)))
    assert np.isnan(found["tl_id"].value) and np.isnan(found["tg_id"].value)
    assert "undefined" in found["tl_id"].note


def test_reset_forgets():
    rows = np.random.default_rng(5).standard_normal((4, 3)) + 2
    for metric in (TLID(min_similarity=0.0), TGID(min_similarity=0.0), IdentityToSource()):
        first = feed(metric, rows, rows[::-1])
        metric.reset()
        again = feed(metric, rows, rows[::-1])
        assert [r.value for r in first.values()] == [r.value for r in again.values()]


def test_identity_to_source_is_the_mean_cosine():
    source, edited = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[1.0, 0.0], [3.0, 0.0]])
    assert feed(IdentityToSource(), source, edited)["identity_to_source"].value == pytest.approx(0.5)
