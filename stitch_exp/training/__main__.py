"""`python -m stitch_exp.training stage=generator data=<zip or folder>`: one stage of training a face model."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import hydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue

from stitch_exp.config import schema
from stitch_exp.config.help_page import meaning
from stitch_exp.console import messages
from stitch_exp.errors import ConfigError, StitchError

CONFIG = schema.config_folder() / "training"
HELP = """\
python -m stitch_exp.training stage=NAME data=PLACE [setting=value ...]

One stage of making a face model. Each writes safetensors to `out`, where the next stage reads them, and goes on
from its last checkpoint when it is started again.

  python -m stitch_exp.training stage=generator data=faces.zip
  python -m stitch_exp.training stage=encoder data=faces.zip out=mine trainer.max_epochs=20
  python -m stitch_exp.training stage=encoder --cfg job                # all settings with their values
"""


def main() -> None:
    """Read the command line, hand the composed settings to the stage, end with 2 for what the user can mend."""
    words = sys.argv[1:]
    if {"--help", "-h"} & set(words):
        sys.stdout.write(help_text())
        return
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come here instead of being printed
    try:
        if not any(word.startswith("stage=") for word in words):
            raise ConfigError(f"which stage? stage=NAME with one of {', '.join(stages())}; --help says what they do")
        _through_hydra()
    except MissingMandatoryValue as error:
        messages.fail(f"{error.full_key}=VALUE is missing; --help says what it is")
        sys.exit(2)
    except (StitchError, HydraException) as error:
        messages.fail(messages.sentence(error))
        sys.exit(2 if isinstance(error, HydraException) else messages.exit_code(error))


@hydra.main(version_base="1.3", config_path=str(CONFIG), config_name="training")
def _through_hydra(cfg: DictConfig) -> None:
    settings = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    assert isinstance(settings, dict)
    from stitch_exp.training.start import run

    run(settings)


def stages() -> dict[str, Path]:
    """File of each stage by its name."""
    return {path.stem: path for path in sorted((CONFIG / "stage").glob("*.yaml"))}


def help_text() -> str:
    """The page of `--help`: examples, stages, and the settings that all share."""
    told = [f"  {name:<18} {meaning(path)}" for name, path in stages().items()]
    lines = (CONFIG / "training.yaml").read_text(encoding="utf-8").splitlines()
    shared = [f"  {line}" for line in lines if "#" in line and not line.startswith("#")]
    parts = [HELP, "Stages (mobile_* make our parts of model=ffhq_mobile, the others model=mini):", *told]
    return "\n".join([*parts, "", "Settings of all stages:", *shared]) + "\n"


if __name__ == "__main__":
    main()
