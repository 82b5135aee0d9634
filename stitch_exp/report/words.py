"""What people read: the title and the meaning of every result, in the order pages show them."""

from dataclasses import dataclass

from stitch_exp.types import Better


@dataclass(frozen=True, slots=True)
class Word:
    """Title for tables and one sentence for pages."""

    title: str
    meaning: str


GROUPS: dict[str, dict[str, Word]] = {
    "Identity over time": {
        "tl_id": Word("TL-ID", "Neighbouring frames are as alike as in the source."),
        "tg_id": Word("TG-ID", "Any two frames are as alike as in the source."),
        "tl_id_ratio_of_means": Word("TL-ID (ratio of means)", "The same, less sensitive to unlike pairs."),
        "tg_id_ratio_of_means": Word("TG-ID (ratio of means)", "The same, less sensitive to unlike pairs."),
        "tl_id_skipped": Word("TL-ID pairs skipped", "Too unlike in the source to divide by."),
        "tg_id_skipped": Word("TG-ID pairs skipped", "Too unlike in the source to divide by."),
        "identity_to_source": Word("Identity to source", "Cosine to the same frame of the source."),
    },
    "Seam and background": {
        "seam_error": Word("Seam", "Step across the paste border that the source has not."),
        "head_seam": Word("Head outline", "The same step along the head's own outline."),
        "seam_crop_before": Word("Seam before stitching", "Of a hard paste at crop size."),
        "seam_crop_after": Word("Seam after stitching", "Of a hard paste at crop size."),
        "border_before": Word("Border error before", "Masked squared error on the ring, edited crop."),
        "border_after": Word("Border error after", "Masked squared error on the ring, stitched crop."),
        "stitch_change": Word("Face changed by stitching", "Stitched against edited crop, inside the head."),
        "stitching_steps": Word("Stitching steps", "Generator updates spent on a frame."),
        "hair_leak": Word("Hair leak", "Share of the edited head outside the source's mask."),
        "background_change": Word("Background change", "Largest change outside the mask; must be 0."),
    },
    "Inversion": {
        "psnr": Word("PSNR", "Inversion against crop."),
        "ssim": Word("SSIM", "Inversion against crop."),
        "perceptual": Word("Perceptual distance", "Inversion against crop, by a network."),
        "sharpness": Word("Sharpness", "Fine detail of the face, edited over source."),
    },
    "Steadiness": {
        "alignment_jitter": Word("Alignment jitter", "Acceleration of the crop's corners."),
        "landmark_jitter": Word("Landmark jitter", "Acceleration of points detected in the edited video."),
        "source_jitter": Word("Source landmark jitter", "Acceleration of points detected in the source."),
        "warp_error_excess": Word("Flicker", "Warp error above the source's own."),
        "warp_error_ratio": Word("Flicker ratio", "Warp error over the source's own."),
        "motion_kept": Word("Motion kept", "Motion of the face, edited over source; 0 is frozen."),
    },
    "How much was edited": {
        "edit_change": Word("Edit change", "Edited crop against inversion, inside the head."),
        "face_change": Word("Face change", "Edited frame against source, inside the mask."),
        "latent_distance": Word("Latent step", "Length of the step in W+."),
    },
    "Cost": {
        "seconds_per_frame": Word("Time", "All stages, without what came from the store."),
        "peak_memory_mb": Word("Peak memory", "Largest of all stages."),
    },
}
"""Every result that has a name, by the question it answers."""

WORDS: dict[str, Word] = {name: word for group in GROUPS.values() for name, word in group.items()}

ARROWS: dict[Better, str] = {"higher": "\u2191", "lower": "\u2193", "one": "\u2192 1", "none": ""}
"""The direction that is better."""


def title_of(name: str) -> str:
    """Title of a result; its own name when it has none."""
    return WORDS[name].title if name in WORDS else name


def number(value: float) -> str:
    """About four significant digits; a dash for what is undefined."""
    if value != value:
        return "\u2013"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if abs(value) >= 1e5 or abs(value) < 1e-3:
        return f"{value:.2e}"
    return f"{value:.{4 if abs(value) < 2 else 2 if abs(value) < 100 else 1}f}"
