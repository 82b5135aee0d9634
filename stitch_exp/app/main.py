"""The command line: check everything, hand over to Hydra, end with the right exit code."""

from __future__ import annotations

import sys

import hydra
from rich.console import Console
from rich.markup import escape

from stitch_exp.app import environment, schema, sweep, validate

FLAGS_THAT_ONLY_PRINT = ("--help", "-h", "--hydra-help", "--version", "--info", "-i", "--shell-completion", "-sc")


def run() -> None:
    """`run.py`: edit one clip, or sweep over many settings with `-m`."""
    launch("stitch_exp.app.job.job", "run")


def evaluate() -> None:
    """`eval.py`: tables of finished runs, or of two videos."""
    launch("stitch_exp.app.evaluate.evaluate", "eval")


def launch(target: str, config: str) -> None:
    """Check the command line, run `task` through Hydra, and exit with its code.

    Args:
        target: Dotted name of a job, imported when the command line is known to be good; it takes the config and
            returns an exit code.
        config: Name of the root config.
    """
    environment.set_defaults()
    arguments = sys.argv[1:]
    if not any(flag in arguments for flag in FLAGS_THAT_ONLY_PRINT):
        refuse(validate.problems([item for item in arguments if "=" in item or item.startswith("~")], config))
    schema.register()
    codes: list[int] = []

    def remember(cfg: object) -> None:
        schema.register()  # again: a launcher may run this in another process
        codes.append(hydra.utils.get_method(target)(cfg))

    hydra.main(config_path=str(schema.config_folder()), config_name=config, version_base="1.3")(remember)()
    sys.exit(max(codes, default=0) or int(sweep.failed_cells > 0))


def refuse(problems: list[str]) -> None:
    """Print all problems of a command line and exit with code 2, if there are any."""
    if not problems:
        return
    console = Console(stderr=True)
    head = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    console.print(f"[bold red]error:[/bold red] {head} with this command:")
    for problem in problems:
        console.print(f"  - {escape(problem)}", highlight=False, soft_wrap=True)
    sys.exit(2)
