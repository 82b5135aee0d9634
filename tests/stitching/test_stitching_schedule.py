"""Which frame is tuned next."""

from stitch_exp.stitching.schedule import FrameSchedule


def test_every_frame_has_all_its_steps() -> None:
    schedule = FrameSchedule(num_frames=2, num_steps=3)
    assert list(schedule) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] and len(schedule) == 6


def test_a_finished_frame_gives_way_to_the_next_which_starts_afresh() -> None:
    schedule, seen = FrameSchedule(num_frames=3, num_steps=3), []
    for frame, step in schedule:
        seen.append((frame, step))
        if frame == 1:
            schedule.finish()
    assert seen == [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0), (2, 1), (2, 2)]
