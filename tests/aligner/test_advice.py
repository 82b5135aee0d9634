"""What the aligner says about frames that are not edited."""

import logging

from stitch_exp.aligner import advice


def said(caplog, *arguments):
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="stitch_exp"):
        advice.passed_through("a.mp4", *arguments, 0.5)
    return [record.getMessage() for record in caplog.records]


def test_frames_without_a_face_are_counted_apart_from_those_where_it_is_hidden(caplog):
    status = ["missing", "missing", "detected", "missing", "detected", "missing"]
    assert said(caplog, status, {3}, []) == [
        "1 frames of 'a.mp4' are passed through: the face is hidden in them",
        "3 of the 6 frames of 'a.mp4' are passed through: the face is not found in them",
    ]


def test_a_shot_without_a_face_is_told_with_the_cut(caplog):
    status = ["detected"] * 4 + ["missing"] * 2
    assert said(caplog, status, set(), [4]) == [
        "'a.mp4' is cut: shots begin at frame 4",
        "2 of the 6 frames of 'a.mp4' are passed through: the face is not found in them",
    ]


def test_patchy_detections_are_told_and_whole_ones_are_not(caplog):
    assert said(caplog, ["detected", "interpolated", "detected"], set(), []) == [
        "detections are patchy: the face was not found in 1 of the 3 frames between the first and the last "
        "of a shot in 'a.mp4'; lower aligner.min_score=0.5, or try another detector (aligner=dlib)"
    ]
    assert said(caplog, ["detected"] * 3, set(), []) == []
