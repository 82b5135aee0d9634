"""Objects made of config."""

import pytest
from omegaconf import OmegaConf

from stitch_exp.building.making import make
from stitch_exp.errors import ConfigError
from stitch_exp.tuning.settings import Stop

STOP = {"_target_": "stitch_exp.tuning.settings.Stop", "loss": 0.0, "gain": 0.1}


def test_a_node_becomes_what_it_describes() -> None:
    assert make(OmegaConf.create(STOP), "tuning.stop") == Stop(loss=0.0, gain=0.1)


@pytest.mark.parametrize(("change", "said"), [({"gain": None}, "missing .*'gain'"), ({"patience": 3}, "'patience'")])
def test_a_config_of_another_version_is_said_to_be_one(change: dict, said: str) -> None:
    node = OmegaConf.create({key: value for key, value in {**STOP, **change}.items() if value is not None})
    with pytest.raises(ConfigError, match=rf"tuning\.stop: .*{said}.* another version"):
        make(node, "tuning.stop")
