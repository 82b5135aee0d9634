"""Several runs of one command at once, in the same folders."""

from __future__ import annotations

from bench.chaos.room import Room, complaints, frames, status


def together(room: Room, expected: str, count: int = 2) -> list[str]:
    """Start one command several times at once; what is wrong afterwards."""
    ended = [room.wait(process) for process in [room.start() for _ in range(count)]]
    wrong = [problem for one in ended for problem in complaints(room, one, expected)]
    folders = [folder for folder in room.runs() if status(folder)["status"] == "complete"]
    if len(folders) != count:
        wrong.append(f"{count} runs left {len(folders)} complete folders")
    videos = [folder / "edited.mp4" for folder in folders]
    return wrong + [f"the frames of {video} differ" for video in videos if frames(video) != expected]
