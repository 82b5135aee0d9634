"""`stitch-exp-ui`: the page. Starts the server; what is on the page is in `page`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from stitch_exp.api import compose
from stitch_exp.app.main import refuse
from stitch_exp.console import environment
from stitch_exp.errors import ConfigError

MISSING = "the page needs gradio: run `pip install 'stitch-exp[ui]'`"


def main() -> None:
    """Parse the command line, check the settings, serve until interrupted."""
    parser = argparse.ArgumentParser(prog="stitch-exp-ui", description="Edit a face with a slider, in the browser.")
    parser.add_argument("--port", type=int, default=7860, help="port of the page (7860)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 lets other machines in")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument("settings", nargs="*", help="settings of run.py for all edits, such as model=mini")
    asked = parser.parse_args()
    environment.set_defaults()
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    try:
        outputs = Path(compose.settings(asked.settings).paths.outputs)
        from stitch_exp.ui.page import page
    except ConfigError as error:
        refuse([str(error)])
    except ModuleNotFoundError as error:
        if error.name != "gradio":
            raise
        refuse([MISSING])
    outputs.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"Clips stay on this machine. Stop with Ctrl-C. http://{asked.host}:{asked.port}\n")
    page(asked.settings, outputs).queue().launch(
        server_name=asked.host,
        server_port=asked.port,
        inbrowser=asked.open,
        allowed_paths=[str(outputs.resolve())],
        footer_links=[],
        quiet=True,
        show_error=True,
    )
