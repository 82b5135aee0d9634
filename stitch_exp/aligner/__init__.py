"""Landmarks to temporally smoothed FFHQ crops."""

from stitch_exp.aligner.aligner import Aligner
from stitch_exp.aligner.dlib_detector import DlibDetector
from stitch_exp.aligner.face import Detector, Face
from stitch_exp.aligner.mediapipe_detector import MediapipeDetector

__all__ = ["Aligner", "Detector", "DlibDetector", "Face", "MediapipeDetector"]
