"""`stitch-exp-ui`: the command that starts the page."""

import sys
import types

import pytest

from stitch_exp.ui import server


@pytest.fixture
def started(monkeypatch, tmp_path):
    """`started(*words)` runs the command with a stand-in for the page, and gives what it was launched with."""

    def start(*words):
        told = {}

        class Page:
            def queue(self):
                return self

            def launch(self, **options):
                told.update(options)

        def page(settings, outputs):
            told.update(settings=settings, outputs=outputs)
            return Page()

        monkeypatch.setitem(sys.modules, "stitch_exp.ui.page", types.SimpleNamespace(page=page))
        monkeypatch.setattr(sys, "argv", ["stitch-exp-ui", *words])
        server.main()
        return told

    monkeypatch.chdir(tmp_path)
    return start


def test_the_page_is_for_this_machine_alone_unless_one_says_otherwise(started, tmp_path, capsys):
    told = started("model=mini", f"paths.outputs={tmp_path}/out")
    assert (told["server_name"], told["server_port"], told["inbrowser"]) == ("127.0.0.1", 7860, False)
    assert told["settings"] == ["model=mini", f"paths.outputs={tmp_path}/out"]
    # Files of the outputs are all that may be asked for; the folder is there before the first run.
    assert told["allowed_paths"] == [str(tmp_path / "out")] and (tmp_path / "out").is_dir()
    assert "http://127.0.0.1:7860" in capsys.readouterr().out and "share" not in told


def test_port_host_and_browser_are_as_asked(started):
    told = started("--port", "80", "--host", "0.0.0.0", "--open", "model=mini")
    assert (told["server_name"], told["server_port"], told["inbrowser"]) == ("0.0.0.0", 80, True)


def test_a_mistake_in_the_settings_is_refused_before_anything_is_started(started, capsys):
    with pytest.raises(SystemExit) as left:
        started("edit=smlie")
    assert left.value.code == 2 and "did you mean 'smile'?" in capsys.readouterr().err


def test_without_gradio_one_sentence_says_what_to_install(started, monkeypatch, capsys):
    real = __import__

    def without(name, *args, **more):
        if name == "stitch_exp.ui.page":
            raise ModuleNotFoundError("No module named 'gradio'", name="gradio")
        return real(name, *args, **more)

    monkeypatch.setattr("builtins.__import__", without)
    with pytest.raises(SystemExit) as left:
        started("model=mini")
    assert left.value.code == 2 and "pip install 'stitch-exp[ui]'" in capsys.readouterr().err
