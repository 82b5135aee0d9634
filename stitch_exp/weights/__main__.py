"""Command line for weight files: `python -m stitch_exp.weights list | fetch NAME | convert FILE | verify`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

from stitch_exp.errors import ConfigError, StitchError, WeightsError, did_you_mean
from stitch_exp.weights import registry
from stitch_exp.weights.convert import convert
from stitch_exp.weights.fetch import fetch
from stitch_exp.weights.listing import check, overview
from stitch_exp.weights.registry import WeightFile

FOR_HELP = "every file that choices of run.py need, such as model=ffhq, or model=ffhq encoder=psp"
console = Console()
problems = Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code: 0 done, 1 or 2 a problem, told in a paragraph."""
    options = _parser().parse_args(arguments)
    try:
        known = registry.entries(options.registry)
        return {"list": _list, "fetch": _fetch, "convert": _convert, "verify": _verify}[options.command](options, known)
    except StitchError as error:
        problems.print(f"[bold red]error:[/] {error}", highlight=False, soft_wrap=True)
        return error.exit_code
    except KeyboardInterrupt:
        problems.print("stopped; what came is kept, run the command again to go on")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stitch_exp.weights", description=__doc__)
    parser.add_argument("--folder", type=Path, default=None, help="where the files are (default: paths.weights)")
    parser.add_argument("--registry", type=Path, default=None, help="folder of entries (default: conf/weights)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every known file: there or missing, size, licence, what needs it")
    get = commands.add_parser("fetch", help="fetch files by name, after showing their licence")
    get.add_argument("names", nargs="*", metavar="NAME")
    get.add_argument("--for", dest="choices", nargs="+", default=[], metavar="GROUP=OPTION", help=FOR_HELP)
    get.add_argument("--accept-licence", action="store_true", help="accept the shown licences without being asked")
    turn = commands.add_parser("convert", help="rewrite a weight file as safetensors, once")
    turn.add_argument("file", type=Path, metavar="FILE")
    commands.add_parser("verify", help="compare every file that is there with its hash")
    return parser


def _folder(options: argparse.Namespace) -> Path:
    paths = registry.folder().parent / "paths" / "default.yaml"
    return options.folder or Path(yaml.safe_load(paths.read_text())["weights"])


def _list(options: argparse.Namespace, known: dict[str, WeightFile]) -> int:
    console.print(overview(known.values(), _folder(options)))
    return 0


def _fetch(options: argparse.Namespace, known: dict[str, WeightFile]) -> int:
    names = [*options.names, *(registry.needed_for(options.choices, known) if options.choices else [])]
    if not names:
        raise ConfigError("nothing to fetch; give names that `list` shows, or --for model=ffhq")
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise ConfigError(f"no weight file is called '{name}'{hint} (there are: {', '.join(known)})")
    for name in dict.fromkeys(names):
        _agree(known[name], options.accept_licence)
        _transfer(known[name], _folder(options))
    return 0


def _agree(entry: WeightFile, accepted: bool) -> None:
    console.print(f"[bold]{entry.name}[/]: {entry.purpose}", highlight=False, soft_wrap=True)
    console.print(f"licence: {entry.licence}\n         {entry.licence_url}", highlight=False, soft_wrap=True)
    if accepted:
        return
    if not sys.stdin.isatty():
        raise WeightsError(f"the licence of {entry.name} was not accepted; add --accept-licence if you do")
    if input("accept and fetch? [y/N] ").strip().lower() not in ("y", "yes"):
        raise WeightsError(f"{entry.name} was not fetched: its licence was not accepted")


def _transfer(entry: WeightFile, folder: Path) -> None:
    columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(entry.file, total=entry.size)

        def moved(done: int, total: int | None) -> None:
            progress.update(task, completed=done, total=total or entry.size)

        path = fetch(entry, folder, moved, lambda text: progress.console.print(text, highlight=False, soft_wrap=True))
    console.print(f"[green]{path}[/] is ready", highlight=False, soft_wrap=True)


def _convert(options: argparse.Namespace, known: dict[str, WeightFile]) -> int:
    written = convert(options.file)
    console.print(f"[green]{written}[/] written; name it in the config in place of {options.file}", soft_wrap=True)
    return 0


def _verify(options: argparse.Namespace, known: dict[str, WeightFile]) -> int:
    findings = check(known.values(), _folder(options))
    for entry, wrong, against in findings:
        verdict = f"[bold red]damaged[/]: {wrong}" if wrong else f"[green]whole[/], by {against}"
        console.print(f"{entry.file}: {verdict}", highlight=False, soft_wrap=True)
    if not findings:
        console.print(f"no weight files in '{_folder(options)}'")
    return WeightsError.exit_code if any(wrong for _, wrong, _ in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
