"""A browser clicks through the page: clip, slider, before and after, video, finished runs; on a desk and on a phone.

Needs playwright and chromium; `SCREENSHOTS=FOLDER` keeps a picture of each.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from stitch_exp.video.sample import sample_path

pytest.importorskip("gradio")
browsers = pytest.importorskip("playwright.sync_api")

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE_MS = 420_000
SMALL = ["model=mini", "tuning=none", "metrics=none", "logger=none", "runtime.device=cpu", "runtime.threads=1"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(BROWSER is None, reason="needs chromium or chrome"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page, served by the command that users type."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [*SMALL, f"paths.outputs={tmp_path_factory.mktemp('page')}"]
    start = "from stitch_exp.ui.server import main; main()"
    server = subprocess.Popen([sys.executable, "-c", start, "--port", str(port), *words])
    try:
        yield _answering(f"http://127.0.0.1:{port}", server)
    finally:
        server.terminate()
        server.wait(timeout=60)


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with browsers.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize(("device", "size"), [("desk", (1280, 900)), ("phone", (390, 844))])
def test_from_a_clip_to_a_video(device: str, size: tuple[int, int], address: str, browser, tmp_path: Path) -> None:
    page = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    page.set_default_timeout(PATIENCE_MS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    if device == "desk":
        page.set_input_files("input[type=file]", _sample(tmp_path / "it's a [clip] #1.mp4"))
        page.wait_for_selector("video")
    page.get_by_label("Frames (0: all)").fill("3")
    page.click("#prepare")
    page.get_by_text(f"The {'clip' if device == 'desk' else 'sample'}: a face in 3 of 3 frames").wait_for()

    page.wait_for_function("document.querySelectorAll('#picture img').length >= 2")
    before, after = _pictures(page)
    assert before != after and page.get_by_text("+ older, - younger").is_visible()
    _drag_to_the_end(page)
    page.wait_for_function("old => [...document.querySelectorAll('#picture img')].every(i => i.src != old)", arg=after)
    assert page.locator("#strength input[type=number]").input_value() == "5"
    face_width = _width(page)
    page.get_by_label("Zoom on the face").uncheck()
    page.wait_for_function("w => document.querySelector('#picture img').naturalWidth > w", arg=face_width)
    assert _width(page) == 176

    page.click("#render")
    page.wait_for_selector("#video video[src]")
    page.wait_for_function("document.querySelector('#video video').videoWidth >= 2 * 176")
    row = page.locator("#runs").get_by_text("age +5").locator("visible=true").first
    row.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    pictures = os.environ.get("SCREENSHOTS")
    if pictures:
        page.screenshot(path=f"{pictures}/{device}.png", full_page=True)
    row.click()
    page.wait_for_selector("#video video[src]")
    assert all(url.startswith((address, "data:", "blob:")) for url in asked), "the page asked another machine"
    page.close()


def test_a_clip_without_a_face_is_answered_in_a_sentence(address: str, browser, tmp_path: Path) -> None:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    (tmp_path / "notes.mp4").write_text("no video")
    page.set_input_files("input[type=file]", tmp_path / "notes.mp4")
    page.wait_for_selector("video")
    page.click("#prepare")
    page.get_by_text("notes.mp4").last.wait_for()
    assert "our defect" not in page.inner_text("body")
    page.close()


def _answering(address: str, server: subprocess.Popen) -> str:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return address
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"no answer from {address}; the server's exit code is {server.poll()}")


def _sample(path: Path) -> Path:
    shutil.copy(sample_path(), path)
    return path


def _pictures(page) -> list[str]:
    return page.eval_on_selector_all("#picture img", "images => images.map(image => image.src)")


def _width(page) -> int:
    return page.eval_on_selector("#picture img", "image => image.naturalWidth")


def _drag_to_the_end(page) -> None:
    slider = page.locator("#strength input[type=range]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.7, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, middle, steps=4)
    page.mouse.up()
