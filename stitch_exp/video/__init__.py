"""Decode and encode video: lazy frames in, a finished file with its audio out."""

from stitch_exp.video.compare import side_by_side
from stitch_exp.video.file import FileVideo
from stitch_exp.video.folder import FrameFolder
from stitch_exp.video.sample import SampleVideo
from stitch_exp.video.write import write_video

__all__ = ["FileVideo", "FrameFolder", "SampleVideo", "side_by_side", "write_video"]
