"""`python -m stitch_exp.training stage=generator data=<zip or folder>`: one stage of training a face model."""

from pathlib import Path

import hydra
from omegaconf import DictConfig, OmegaConf

from stitch_exp.training.start import run

CONFIG = str(Path(__file__).parents[2] / "conf" / "training")


@hydra.main(version_base="1.3", config_path=CONFIG, config_name="training")
def main(cfg: DictConfig) -> None:
    """Hands the composed settings, as plain values, to the stage."""
    settings = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    assert isinstance(settings, dict)
    run(settings)


if __name__ == "__main__":
    main()
