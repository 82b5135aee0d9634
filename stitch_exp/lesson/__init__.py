"""What a live network is taught: the stages of a finished run at several strengths, and faces that it imagines."""

from stitch_exp.lesson.school import learned

__all__ = ["learned"]
