"""What is compared: the published schedule, the fast modes, and ideas that lost."""

FAITHFUL = "faithful"
TUNING = {
    "pti": ["tuning=pti"],
    "pti_fast": ["tuning=pti_fast"],
    "pti_preview": ["tuning=pti_preview"],
}
STITCHING = {
    "border": ["stitching=border", "stitching.masks.mask=union"],
    "border_fast": ["stitching=border_fast"],
    "border_solved": ["stitching=border_solved"],
    "border_shared": ["stitching=border_shared"],
    "border_solved, no field": ["stitching=border_solved", "stitching.membrane_px=[]"],
    "none": ["stitching=none"],
}  # fmt: skip
MODES = {
    FAITHFUL: ("pti", "border"),
    "final": ("pti_fast", "border_fast"),
    "preview": ("pti_preview", "border_fast"),
}
"""End to end: which tuning with which stitching."""
