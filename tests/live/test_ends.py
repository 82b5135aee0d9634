"""Where live frames come from and where they go."""

import time
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from stitch_exp.errors import ConfigError, VideoError
from stitch_exp.live.shot import Controls, Shot
from stitch_exp.live.sinks import sink_of
from stitch_exp.live.sources import Camera, Played, source_of
from stitch_exp.types import Clip
from stitch_exp.video.file import FileVideo
from stitch_exp.video.write import AI_EDITED
from tests.video.made_clips import write

HEIGHT, WIDTH = 160, 320


def pixels(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 200, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def shot(number: int = 0) -> Shot:
    return Shot(pixels(number), number / 25, time.perf_counter())


class Frames(list):
    """Frames of a clip."""


def clip(count: int = 5) -> Clip:
    frames = Frames(pixels(n) for n in range(count))
    return Clip("clip", frames, HEIGHT, WIDTH, Fraction(50), 10 + np.arange(count), Fraction(1, 50))


def test_a_clip_plays_as_a_camera() -> None:
    begin = time.perf_counter()
    shots = list(Played(clip(), paced=True))
    assert time.perf_counter() - begin >= 4 / 50
    assert [item.time_s for item in shots] == pytest.approx([n / 50 for n in range(5)])
    with pytest.raises(VideoError, match="no camera's number"):
        source_of("nowhere.mp4", paced=True)
    with pytest.raises(VideoError, match="is the address right"):
        source_of("tcp://127.0.0.1:1", paced=True)


def test_a_written_file_is_marked_and_keeps_the_times(tmp_path: Path) -> None:
    path, played = tmp_path / "out.mp4", Played(clip(), paced=False)
    with sink_of(str(path), played) as sink:
        for item in (shot(0), shot(1), shot(4)):
            sink(item.pixels, item.time_s, Controls())
    with av.open(str(path)) as container:
        assert container.metadata["comment"] == AI_EDITED
        times = [float(frame.time) for frame in container.decode(video=0)]
    assert times == pytest.approx([0.2, 0.24, 0.36], abs=1e-3)  # as the clip, which starts at 0.2 s
    with pytest.raises(VideoError, match="no frame came in time"), sink_of(str(tmp_path / "empty.mp4"), played):
        pass
    assert not (tmp_path / "empty.mp4").exists()
    with pytest.raises(ConfigError, match="ends in"), sink_of("out.avi", played):
        pass


@pytest.mark.parametrize("first", [0, 30])
def test_a_written_file_keeps_the_sound_of_its_source(tmp_path: Path, first: int) -> None:
    source, path = write(tmp_path / "source.mp4", pts=range(first, first + 12), audio="aac"), tmp_path / "out.mp4"
    played = Played(FileVideo(path=str(source), start=0, frames=None)(), paced=False)
    with sink_of(str(path), played) as sink:
        for number, item in enumerate(played):
            if number % 3:  # a frame in three was dropped
                sink(item.pixels, item.time_s, Controls())
    assert sounds(path) == sounds(source) != []
    with av.open(str(path)) as container:
        times = [round(25 * float(frame.time)) for frame in container.decode(video=0)]
    assert times == [first + number for number in range(12) if number % 3]


def sounds(path: Path) -> list[tuple[float, bytes]]:
    with av.open(str(path)) as container:
        packets = container.demux(container.streams.audio[0])
        return [(round(float(packet.pts * packet.time_base), 3), bytes(packet)) for packet in packets if packet.size]


class Capture:
    """OpenCV's camera with two pictures: red, then blue."""

    def __init__(self, number: int) -> None:
        self.left = [(0, 0, 255), (0, 0, 255), (255, 0, 0)] if number == 1 else []
        self.released = False

    def set(self, name: int, value: float) -> None: ...

    def get(self, name: int) -> float:
        return 30.0 if name == cv2.CAP_PROP_FPS else 0.0

    def read(self) -> tuple[bool, np.ndarray | None]:
        return (True, np.full((48, 64, 3), self.left.pop(0), np.uint8)) if self.left else (False, None)

    def release(self) -> None:
        self.released = True


def test_a_camera_gives_pictures_in_rgb_until_it_is_unplugged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "VideoCapture", Capture)
    camera = source_of("1", paced=True)
    assert isinstance(camera, Camera) and (camera.height, camera.width, camera.fps) == (48, 64, 30)
    seen = list(camera)
    assert [tuple(item.pixels[0, 0]) for item in seen] == [(255, 0, 0), (0, 0, 255)]
    assert seen[0].time_s <= seen[1].time_s and camera._camera.released
    with pytest.raises(VideoError, match="camera 2 cannot be opened"):
        source_of("2", paced=True)
