"""What is compared: the published schedule, the fast modes, and ideas that lost."""

FAITHFUL = "faithful"
TUNING = {
    "pti": ["tuning=pti"],
    "pti_fast": ["tuning=pti_fast"],
    "pti_preview": ["tuning=pti_preview"],
}
STITCHING = {
    "border": ["stitching=border", "stitching.mask=union"],
    "border_fast": ["stitching=border_fast"],
    "border_shared": ["stitching=border_shared"],
    "gradient, shared + 4 carried steps": [
        "stitching=border_fast", "stitching.solve_px=null", "stitching.shared_passes=4", "stitching.frame_steps=4",
    ],
    "2 carried steps + closed form": ["stitching=border_fast", "stitching.frame_steps=2"],
    "none": ["stitching=none"],
}  # fmt: skip
MODES = {
    FAITHFUL: ("pti", "border"),
    "final": ("pti_fast", "border_fast"),
    "preview": ("pti_preview", "border_shared"),
}
"""End to end: which tuning with which stitching."""
