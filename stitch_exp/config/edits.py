"""What + and - of each edit do, in the words of its YAML file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hydra.core.hydra_config import HydraConfig

from stitch_exp.config import schema


def meaning(path: Path) -> str:
    """The first comment of a YAML file: for edits, what + and - do and in which unit."""
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next((line for line in lines if not line.startswith("# @package")), "")
    return first.removeprefix("#").strip() if first.startswith("#") else ""


def meanings(names: Iterable[str]) -> dict[str, str]:
    """For each edit of this job what its file says; an edit without a file of its own has that of the option `edit=`.

    Args:
        names: The edits that were carried out, such as `age`.
    """
    chosen = HydraConfig.get().runtime.choices.get("edit") if HydraConfig.initialized() else None
    found = {name: _file(name) or (_file(str(chosen)) if chosen else None) for name in names}
    return {name: meaning(path) for name, path in found.items() if path is not None}


def _file(name: str) -> Path | None:
    """The YAML file of an edit, in the user's folders first."""
    sources = HydraConfig.get().runtime.config_sources if HydraConfig.initialized() else ()
    folders = [Path(source.path) for source in sources if source.schema == "file"]
    places = (folder / "edit" / f"{name}.yaml" for folder in (*reversed(folders), schema.config_folder()))
    return next((place for place in places if place.is_file()), None)
