"""Files that installed packages ship, found without importing the packages (some no longer import)."""

import importlib.metadata
from pathlib import Path


def find(package: str, file_name: str) -> Path | None:
    """Where a package's file lies, or None if the package or the file is not installed."""
    try:
        files = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    paths = (Path(str(file.locate())) for file in files if file.name == file_name)
    return next((path for path in paths if path.is_file()), None)
