"""Several recognisers: each has numbers of its own, and everything else is measured once."""

import numpy as np
import pytest

from stitch_exp.measures.catalogue import IDENTITY, NAMES, OF_IDENTITY
from stitch_exp.metrics.suite import Suite
from stitch_exp.report.records import keyed, read_metrics, write_metrics
from stitch_exp.types import Workspace


class OfOneColour:
    """Sees the red of a face alone, so that it is like itself whatever happens to the rest."""

    name, weight_hash, crop = "red", "fedcba9876543210", "red"

    def embed(self, frame, landmarks):
        x, y = landmarks.mean(axis=0).astype(int)
        return np.array([float(frame[y, x, 0]) + 1.0, 100.0], np.float32)


@pytest.fixture
def report(make_run, networks):
    def measure(*recognisers, names=NAMES):
        suite = Suite(names=names, min_similarity=0.1, flow_side_px=64, recognisers=recognisers or None, **networks)
        return suite(*make_run(count=5, shift=9), Workspace())

    return measure


def test_two_recognisers_say_what_each_says_alone(report, networks):
    both = keyed(report(networks["identity"], OfOneColour()).results)
    first, second = (keyed(report(one).results) for one in (networks["identity"], OfOneColour()))
    for name in ("tl_id", "tg_id", "identity_to_source"):
        assert both[name].value == first[name].value and both[name].instrument == first[name].instrument
        assert both[f"{name}@red"].value == second[name].value != first[name].value
        assert both[f"{name}@red"].instrument.startswith("identity=red fedcba987654; crop red")


def test_the_other_numbers_are_there_once(report, networks):
    names = [item.name for item in report(networks["identity"], OfOneColour()).results]
    assert {name for name in names if names.count(name) > 1} == set(OF_IDENTITY)


def test_one_recogniser_of_a_list_is_the_same_as_none_named(report, networks):
    alone, listed = report(), report(networks["identity"])
    assert [(item.name, item.instrument) for item in alone.results] == [
        (item.name, item.instrument) for item in listed.results
    ]
    np.testing.assert_array_equal([item.value for item in alone.results], [item.value for item in listed.results])


def test_nobody_is_recognised_where_no_number_needs_it(report, networks):
    class Idle:
        name, weight_hash = "idle", "0" * 64

        def embed(self, frame, landmarks):
            raise AssertionError

    assert report(Idle(), Idle(), names=["seam"]).results
    with pytest.raises(AssertionError):
        report(Idle(), names=list(IDENTITY))


def test_the_curves_of_both_come_back_from_the_records(report, networks, tmp_path):
    before = report(networks["identity"], OfOneColour())
    write_metrics(before, tmp_path, ("detected",) * 5)
    after = keyed(read_metrics(tmp_path).results)
    for key, item in keyed(before.results).items():
        if item.per_frame is not None:
            np.testing.assert_allclose(after[key].per_frame, item.per_frame, rtol=1e-8)
