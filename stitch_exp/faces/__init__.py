"""Finding faces in frames and following them along a clip."""

from stitch_exp.faces.dlib_detector import DlibDetector
from stitch_exp.faces.face import Face
from stitch_exp.faces.follower import Follower
from stitch_exp.faces.gaps import fades, fill_gaps, runs
from stitch_exp.faces.mediapipe_detector import MediapipeDetector

__all__ = ["DlibDetector", "Face", "Follower", "MediapipeDetector", "fades", "fill_gaps", "runs"]
