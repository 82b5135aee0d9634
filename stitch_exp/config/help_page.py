"""`--help`: what can be chosen, in the words of the YAML files."""

from __future__ import annotations

from pathlib import Path

import yaml

from stitch_exp.config import schema
from stitch_exp.config.edits import meaning

GROUPS = {
    "run": ("video", "aligner", "encoder", "tuning", "edit", "stitching", "composite", "model", "mode", "metrics",
            "segmenter", "identity", "perceptual", "logger", "launcher", "experiment", "benchmark", "arm"),
    "eval": ("identity", "detector", "logger"),
}  # fmt: skip
"""What a user chooses from; further groups are parts of these."""

_NOTES = {
    "run": (
        "Edit the face in a video.\n\n"
        "  python run.py video=file video.path=clip.mp4 edit=age      one video\n"
        "  python run.py -m edit=age,smile edit.strength=1,2          a sweep\n"
        "  python run.py mode=preview edit=smile                      a draft\n"
        "  python run.py --config-dir mine edit=mine                  a YAML file of yours, mine/edit/mine.yaml\n"
        "  python run.py --config-path RUN --config-name config       a finished run once more\n"
        '  eval "$(python run.py -sc install=bash)"                   tab completion\n'
    ),
    "eval": (
        "Table finished runs, or measure one pair of videos.\n\n"
        "  python eval.py runs='outputs/**'\n"
        "  python eval.py source=clip.mp4 edited=edited.mp4\n"
    ),
}


def text(config: str, program: str = "run.py") -> str:
    """The page: examples, options of each group, edits with sign and unit, settings of the root with their defaults.

    Args:
        config: Name of the root config, `run` or `eval`.
        program: File name of what was started: a script, or the command that pip has installed.
    """
    folder = schema.config_folder()
    notes = _NOTES[config]
    if not program.endswith(".py"):
        notes = notes.replace(f"python {config}.py", program)
    parts = [notes, "Choices (group=option):"]
    for group in GROUPS[config]:
        names = [path.stem for path in sorted((folder / group).glob("[!_]*.yaml"))]
        parts.append(_wrapped(f"  {group:<11} ", ", ".join(names)))
    if config == "run":
        parts.append("\nEdits (edit.strength=NUMBER):")
        parts += [f"  {path.stem:<19} {meaning(path)}" for path in sorted((folder / "edit").glob("[!_]*.yaml"))]
    parts.append("\nSettings: name=value; `--cfg job` prints all of them with the values this command gives them.")
    parts += [f"  {line}" for line in _plain_settings(folder / f"{config}.yaml")]
    return "\n".join(parts) + "\n"


def _plain_settings(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    keys = [key for key, value in yaml.safe_load("\n".join(lines)).items() if not isinstance(value, dict | list)]
    return [line for line in lines if line.partition(":")[0] in keys]


def _wrapped(head: str, words: str, width: int = 78) -> str:
    lines, line = [], head
    for word in words.split(" "):
        if len(line) + len(word) > width:
            lines.append(line.rstrip())
            line = " " * len(head)
        line += word + " "
    return "\n".join([*lines, line.rstrip()])
