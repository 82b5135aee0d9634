"""docs/quickstart.ipynb runs from its first cell to its last, on three frames and the small model."""

import os
from pathlib import Path

import nbformat
import pytest

from stitch_exp.config.schema import PROJECT

nbclient = pytest.importorskip("nbclient")
NOTEBOOK = PROJECT / "docs" / "quickstart.ipynb"
TINY = """
CLIP = None
FRAMES = 3
SETTINGS = {"model": "mini", "tuning": "none", "metrics": "none", "logger": "none", "runtime.threads": 1}
"""


def test_the_notebook_has_no_outputs_and_settings_of_its_own() -> None:
    cells = [cell for cell in nbformat.read(NOTEBOOK, 4).cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)
    assert [cell.metadata.get("tags") for cell in cells[:2]] == [["install"], ["parameters"]]


@pytest.mark.timeout(900)
def test_every_cell_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(NOTEBOOK, 4)
    next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])).source = TINY
    client = nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    shown = [list(cell.get("outputs", [])) for cell in notebook.cells]
    kinds = [{kind for output in outputs for kind in output.get("data", {})} for outputs in shown]
    players = [
        output for outputs in shown for output in outputs if "<video" in output.get("data", {}).get("text/html", "")
    ]
    assert len(players) == 2
    assert sum("image/png" in found for found in kinds) == 1, "one strip"
    printed = "".join(output.get("text", "") for outputs in shown for output in outputs)
    assert "age" in printed and "['aligner', 'encoder', 'tuning']" in printed
    assert len(list(tmp_path.glob("**/edited.mp4"))) == 2
