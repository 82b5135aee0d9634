"""What the paper says, against the numbers."""

import pytest

from stitch_exp.report.claims import CLAIMS, judge
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
