"""What is compared: the published schedule, the fast modes, and ideas that lost."""

TUNING = {
    "pti": ["tuning=pti"],
    "pti_fast": ["tuning=pti_fast"],
    "pti_fast, all layers": ["tuning=pti_fast", "tuning.from_px=4"],
    "pti_preview": ["tuning=pti_preview"],
    "pti_gentle": ["tuning=pti_gentle"],
}
STITCHING = {
    "border": ["stitching=border", "stitching.masks.mask=union"],
    "border_fast": ["stitching=border_fast"],
    "border_solved": ["stitching=border_solved"],
    "border_shared": ["stitching=border_shared"],
    "none": ["stitching=none"],
}
EDITS = {
    "published": ("pti", "border"),
    "default": ("pti_fast", "border_fast"),
    "preview": ("pti_preview", "border_fast"),
}
"""Whole edits: a tuning, and a stitching on the generator it made."""
ONCE = ("pti", "border", "pti_fast, all layers", "pti_gentle", "border_solved", "border_shared")
"""Too slow to be repeated, or not what is decided: the first repeat only."""
COMPOSITES = ("feather", "delta")
