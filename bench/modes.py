"""What is compared: the published schedule, the fast modes, and ideas that lost."""

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
