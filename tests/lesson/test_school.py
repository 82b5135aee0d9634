"""What a live network is taught."""

import pytest
from omegaconf import OmegaConf

from stitch_exp.errors import ConfigError
from stitch_exp.lesson import school
from stitch_exp.lesson.school import at_share


def edit(**settings):
    return OmegaConf.create({"edit": settings, "seed": 3, "aligner": {"scale": 1.0}})


@pytest.mark.parametrize(
    ("share", "strength", "smile"), [(0.5, 2.0, -1.0), (1.0, 4.0, -2.0), (0.0, 0.0, 0.0), (-1.0, -4.0, 2.0)]
)
def test_a_share_of_an_edit_is_a_share_of_all_its_terms(share, strength, smile):
    cfg = edit(strength=4.0, terms={"smile": -2.0})
    part = at_share(cfg, share)
    assert (part.edit.strength, part.edit.terms.smile, part.seed) == (strength, smile, 3)
    assert cfg.edit.strength == 4.0 and cfg.edit.terms.smile == -2.0


@pytest.mark.parametrize("terms", [{}, {"terms": None}, {"terms": {}}])
def test_an_edit_of_one_term_gets_no_others(terms):
    part = at_share(edit(strength=3, **terms), 0.5)
    assert part.edit.strength == 1.5 and not part.edit.get("terms")


@pytest.mark.parametrize("settings", [{"_target_": "some.Edit"}, {"_target_": "some.Edit", "strength": None}])
def test_an_edit_without_a_strength_has_no_part(settings):
    with pytest.raises(ConfigError, match=r"some\.Edit has no strength, so that nothing can be taught at a part of it"):
        at_share(edit(**settings), 0.5)


@pytest.mark.parametrize(
    ("settings", "terms"),
    [
        ({"attribute": "age", "strength": 2.0}, {"age": 2.0}),
        ({"attribute": "age", "strength": 2.0, "terms": {"smile": -1}}, {"age": 2.0, "smile": -1.0}),
        ({"strength": 2.0}, {"edit": 2.0}),
        ({"attribute": "age"}, {"age": 0.0}),
    ],
)
def test_what_is_taught_is_named_term_by_term(settings, terms):
    assert school._terms(edit(**settings)) == terms
