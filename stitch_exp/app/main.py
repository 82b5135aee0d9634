"""The command line: check everything, hand over to Hydra, end with the right exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import hydra
from rich.markup import escape

from stitch_exp.app import sweep
from stitch_exp.config import commandline, help_page, schema, validate
from stitch_exp.config.commandline import Command
from stitch_exp.config.phases import phases
from stitch_exp.console import environment, messages, stopping
from stitch_exp.console.stopping import Stopped
from stitch_exp.errors import StitchError


def run() -> None:
    """`run.py`: edit one clip, or sweep over many settings with `-m`."""
    launch("stitch_exp.app.job.job", "run")


def evaluate() -> None:
    """`eval.py`: tables of finished runs, or of two videos."""
    launch("stitch_exp.app.evaluate.evaluate", "eval")


def launch(target: str, config: str) -> None:
    """Check the command line, run a job through Hydra, and exit with its code.

    Args:
        target: Dotted name of a job, imported when the command line is known to be good; it takes the config and
            returns a `job.Ended`.
        config: Name of the root config.
    """
    environment.set_defaults()
    stopping.listen()
    try:
        command = commandline.read(sys.argv[1:], config)
        if any(word in ("--help", "-h") for word in command.words):
            sys.stdout.write(help_page.text(config, Path(sys.argv[0]).name))
            sys.exit(0)
        if not command.shows:
            refuse(validate.problems_of(command))
        code = _all_phases(target, command)
    except Stopped as error:
        messages.stopped(error)
        stopping.leave(error.exit_code)
    except StitchError as error:
        refuse([messages.sentence(error)])
    except Exception as error:
        inner = messages.unwrapped(error)
        messages.fail(messages.sentence(inner))
        code = messages.exit_code(inner)
    sys.exit(code)


def _all_phases(target: str, command: Command) -> int:
    """The exit code of a command, which may stand for several; a sweep none of whose parts was made ends there."""
    code = 0
    for phase in phases(command):
        code = max(code, _through_hydra(target, phase))
        if sweep.num_cells and sweep.failed_cells == sweep.num_cells:
            break
    return code


def _through_hydra(target: str, command: Command) -> int:
    codes: list[int] = []

    def remember(cfg: object) -> float | None:
        schema.register()  # again: a launcher may run this in another process
        stopping.listen()
        ended = hydra.utils.get_method(target)(cfg)
        codes.append(ended.code)
        if ended.code and getattr(cfg, "get", lambda _: None)("objective"):
            raise RuntimeError("the cell failed")  # what a sweeper that searches takes for a failed trial
        return ended.value

    schema.register()
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra hands errors on instead of printing and exiting
    sys.argv[1:] = command.words
    hydra.main(config_path=str(schema.config_folder()), config_name=command.config, version_base="1.3")(remember)()
    return max(codes, default=0) or int(sweep.failed_cells > 0)


def refuse(problems: list[str]) -> None:
    """Print all problems of a command line and exit with code 2, if there are any."""
    if not problems:
        return
    head = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    messages.console.print(f"[bold red]error:[/bold red] {head} with this command:")
    for problem in problems:
        messages.console.print(f"  - {escape(problem)}", highlight=False, soft_wrap=True)
    sys.exit(2)
