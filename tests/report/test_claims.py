"""What the paper says, against the numbers."""

import math

import pytest

from stitch_exp.report.claims import CLAIMS, Claim, Verdict, judge, spread
from stitch_exp.report.table import Entry
from stitch_exp.types import MetricResult


def entry(method, clip, **values):
    return Entry(method, clip, tuple(MetricResult(name, value, "", "one") for name, value in values.items()))


def verdicts(entries):
    return {verdict.claim.text: verdict.words for verdict in judge(entries)}


def test_a_claim_holds_only_when_every_clip_agrees():
    full = [entry("full", clip, tg_id=0.99, seam_error=2.0) for clip in "abc"]
    pti = [entry("without pti", clip, tg_id=value) for clip, value in zip("abc", (0.9, 0.95, 1.2), strict=True)]
    assert verdicts([*full, *pti])["PTI lifts TG-ID"] == "holds"
    pti[1] = entry("without pti", "b", tg_id=1.0)
    assert verdicts([*full, *pti])["PTI lifts TG-ID"] == "mixed: 2 of 3 clips"
    assert verdicts(full)["PTI lifts TG-ID"] == "not measured"


@pytest.mark.parametrize(("seam", "words"), [(4.0, "holds (one clip)"), (3.9, "does not hold")])
def test_stitching_must_halve_the_seam(seam, words):
    found = [entry("full", "a", seam_error=2.0), entry("without stitching", "a", seam_error=seam)]
    assert verdicts(found)["Stitching at least halves the seam"] == words


def test_arms_of_the_claims_exist():
    from stitch_exp.config.overrides import options

    assert {claim.arm.replace(" ", "_") for claim in CLAIMS} <= set(options("arm"))


def test_two_runs_without_any_seam_prove_nothing():
    found = [entry("full", "a", seam_error=0.0), entry("without stitching", "a", seam_error=0.0)]
    assert verdicts(found)["Stitching at least halves the seam"] == "does not hold"


def test_undefined_values_leave_their_clip_out():
    nan = float("nan")
    found = [entry("full", clip, psnr=value) for clip, value in zip("abc", (30.0, nan, 31.0), strict=True)]
    found += [entry("without pti", clip, psnr=value) for clip, value in zip("abc", (20.0, 20.0, nan), strict=True)]
    (verdict,) = [one for one in judge(found) if one.claim.metric == "psnr"]
    assert (verdict.full, verdict.without, verdict.words) == ((30.0,), (20.0,), "holds (one clip)")


def test_ratios_are_judged_by_their_distance_from_one():
    verdict = Verdict(Claim("c", "arm", "tg_id", "one"), (0.98, 1.03, 1.0), (1.05, 0.99, 1.0))
    assert verdict.agreeing == 1 and verdict.words == "mixed: 1 of 3 clips"


def test_the_chance_is_that_of_a_toss_of_signs_over_the_clips():
    verdict = Verdict(Claim("c", "arm", "psnr", "higher"), (30.0, 31.0, 32.0), (20.0, 20.0, 20.0))
    assert verdict.agreeing == 3 and verdict.chance == 1 / 8
    nothing = Verdict(verdict.claim, (), ())
    assert nothing.words == "not measured" and math.isnan(nothing.chance)


def test_a_row_has_means_with_errors_chances_and_the_outcome():
    verdict = Verdict(Claim("Stitching helps", "arm", "seam_error", "lower", factor=2.0), (1.0, 3.0), (5.0, 9.0))
    assert verdict.row(0.5) == [
        "Stitching helps", "Seam", "2 \u00b1 1", "7 \u00b1 2", "0.2500", "0.5000", "**holds**"
    ]  # fmt: skip


def test_a_spread_of_one_has_no_error_and_of_none_is_a_dash():
    assert (spread([]), spread([2.0])) == ("\u2013", "2")
    # The standard error of 1, 2, 3, 4 is sqrt(5/3)/2.
    assert spread([1.0, 2.0, 3.0, 4.0]) == f"2.50 \u00b1 {(5 / 3) ** 0.5 / 2:.4f}"
