"""The store: save then load is the identity, nothing is made twice, nothing half-made is seen."""

import pytest

from stitch_exp import types
from stitch_exp.errors import StorageError
from stitch_exp.store import Made, Store
from tests.made_artefacts import stitched


def make_counting(calls: list[int]):
    def stage(source: str, work: types.Workspace) -> types.StitchedCrops:
        calls.append(1)
        return stitched(work)

    return stage


def test_the_second_call_reads_what_the_first_made(tmp_path):
    calls: list[int] = []
    store = Store(tmp_path, {"stitching": "a"})
    first = store.make("stitching", make_counting(calls), types.Workspace(), [Made("clip", "k", False)])
    second = store.make("stitching", make_counting(calls), types.Workspace(), [Made("clip", "k", False)])
    assert (first.reused, second.reused, len(calls)) == (False, True, 1)
    assert second.key == first.key
    assert (second.value.crops == 7).all()


@pytest.mark.parametrize(("fingerprint", "key"), [("b", "k"), ("a", "other")])
def test_other_settings_or_inputs_are_made_anew(tmp_path, fingerprint, key):
    calls: list[int] = []
    Store(tmp_path, {"stitching": "a"}).make(
        "stitching", make_counting(calls), types.Workspace(), [Made("clip", "k", False)]
    )
    made = Store(tmp_path, {"stitching": fingerprint}).make(
        "stitching", make_counting(calls), types.Workspace(), [Made("clip", key, False)]
    )
    assert not made.reused
    assert len(calls) == 2


def test_a_killed_stage_leaves_no_artefact_but_its_scratch(tmp_path):
    store = Store(tmp_path, {})
    attempts: list[list[str]] = []

    def stage(source: str, work: types.Workspace) -> types.StitchedCrops:
        assert work.scratch is not None
        attempts.append([path.name for path in work.scratch.iterdir()])
        (work.scratch / "half.ckpt").write_text("x")
        if len(attempts) == 1:
            raise KeyboardInterrupt
        return stitched(work)

    with pytest.raises(KeyboardInterrupt):
        store.make("stitching", stage, types.Workspace(), [Made("clip", "k", False)])
    assert not list(tmp_path.glob("stitching/*/meta.json"))
    made = store.make("stitching", stage, types.Workspace(), [Made("clip", "k", False)])
    assert attempts == [[], ["half.ckpt"]]
    assert not made.reused
    assert not list(tmp_path.glob("stitching/*.partial"))


def test_an_unwritable_store_is_one_sentence(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("")
    with pytest.raises(StorageError, match=r"cannot write .* set paths\.outputs"):
        Store(blocker / "store", {}).make("edit", make_counting([]), types.Workspace(), [])


def test_what_is_not_there_is_not_found_and_what_is_can_be_discarded(tmp_path):
    calls: list[int] = []
    store, clip = Store(tmp_path, {"stitching": "a"}), [Made("clip", "k", False)]
    store.discard("stitching", clip)
    assert store.find("stitching", clip) is None and not list(tmp_path.iterdir())
    made = store.make("stitching", make_counting(calls), types.Workspace(), clip)
    found = store.find("stitching", clip)
    assert found is not None and found.key == made.key and found.reused and (found.value.crops == 7).all()
    assert Store(tmp_path, {"stitching": "a"}, enabled=False).find("stitching", clip) is None
    store.discard("stitching", clip)
    assert store.find("stitching", clip) is None and not list((tmp_path / "stitching").iterdir())


def test_a_damaged_artefact_is_not_found(tmp_path):
    store, clip = Store(tmp_path, {}), [Made("clip", "k", False)]
    made = store.make("stitching", make_counting([]), types.Workspace(), clip)
    (tmp_path / "stitching" / made.key / "crops.npy").write_bytes(b"")
    assert store.find("stitching", clip) is None
