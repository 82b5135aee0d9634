"""`composite=delta`: the change of the face is added to the full-resolution frame."""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from stitch_exp.composite.base import Composite
from stitch_exp.composite.frames import Compose
from stitch_exp.composite.hair import Hair, hair_fade
from stitch_exp.composite.missed import followed, without_missed
from stitch_exp.composite.occluders import Occluders
from stitch_exp.composite.skin import without_tint
from stitch_exp.errors import ConfigError
from stitch_exp.faces.in_crops import crop_landmarks_of
from stitch_exp.ops.feather import edge_fade, feather, scaled_radius, smooth_step, softened
from stitch_exp.ops.motion import displacement, features_of_face, moved, moved_frame
from stitch_exp.ops.warp import region_of, resample_into
from stitch_exp.settings import NonNegative, Range, checked
from stitch_exp.types import AlignedClip, StitchedCrops, TunedGenerator

_CHANGE_BLUR_OF_SIDE = 1 / 64


@checked
class Delta(Composite):
    """Add what the edit changed, edited crop minus inversion, instead of pasting the crop.

    A generator of low resolution, or an imperfect inversion, then costs no sharpness and no likeness: what the edit
    leaves alone stays as filmed. The change is kept inside the feathered head, so nothing leaks past its outline.
    Where the change is so large that geometry moved, adding would show the old feature through the new one; there
    the composition goes over to the pasted crop. Where the edited head is smaller than the filmed one, the frame stays:
    what is behind a head is known to nobody, and the generator's own wall would lie as a halo in the hair.

    Args:
        change: `edited` (the default) takes the edited crop before stitching. Stitching bends the crop towards the
            source at its border; an added change fades out there by itself, and the bending would be added as if it
            were an edit. `stitched` takes the stitched crop.
        feather_px: The radius of the fade at the head's outline, in pixels of a 1024 px crop, 0 or more. 25 is that of
            the published paste.
        edge_fade: Width of the fade at the crop's own edges, as a share of its side, 0 to 0.5. Hair that hangs out of
            the crop goes over to the filmed hair there, and is not cut straight.
        largest_motion: Eyes, nose and mouth that the edit moves are moved in the frame too, up to this many crop sides,
            0 to less than 0.5; what is left of the change is added then. Adding alone would show an opened mouth
            through the closed one. 0 moves nothing.
        keep_missed: Whether eyes, nose and mouth that the inversion missed stay as filmed and take only the light and
            colour of the edit; see `missed`.
        keep_in_front: Whether what stands in front of the face stays as filmed; see `occluders`.
        keep_skin_colour: Whether wide changes of the skin's hue and saturation are left out; see `skin.without_tint`.
            Turn it off for an edit of the skin's tone.
        paste_from: The local change, in levels of 255, from which the paste begins to take over; 0 or more and less
            than `paste_above`. None (the default) never pastes.
        paste_above: The local change, in levels of 255, at which only the paste is left.
    """

    def __init__(
        self,
        *,
        change: Literal["edited", "stitched"],
        feather_px: NonNegative,
        edge_fade: Annotated[float, Range(0, 0.5)],
        largest_motion: Annotated[float, Range(0, 0.5, below=True)],
        keep_missed: bool,
        keep_in_front: bool,
        keep_skin_colour: bool,
        paste_from: NonNegative | None,
        paste_above: NonNegative,
    ) -> None:
        if change not in ("edited", "stitched"):
            raise ConfigError(f"composite.change={change} must be edited or stitched")
        if paste_from is not None and not paste_from < paste_above:
            raise ConfigError(f"composite.paste_from={paste_from} must be below composite.paste_above={paste_above}")
        self.change = change
        self.feather_px, self.edge_fade = feather_px, edge_fade
        self.largest_motion = largest_motion
        self.keep_missed = keep_missed
        self.keep_in_front = keep_in_front
        self.keep_skin_colour = keep_skin_colour
        self.paste_from = paste_from
        self.paste_above = paste_above

    def _composer(
        self, aligned: AlignedClip, tuned: TunedGenerator, stitched: StitchedCrops, in_front: Occluders
    ) -> Compose:
        crops = stitched.edited if self.change == "edited" else stitched.crops
        radius = scaled_radius(self.feather_px, crops.shape[1])
        fade = edge_fade(crops.shape[1], self.edge_fade)

        def compose(frame: np.ndarray, n: int) -> np.ndarray:
            crop = np.asarray(crops[n])
            outline = feather(np.asarray(stitched.foreground[n]), radius)
            if stitched.edited_head is not None:
                outline = np.minimum(outline, softened(np.asarray(stitched.edited_head[n]), radius))
            shown = outline * fade
            landmarks = crop_landmarks_of(aligned, n)
            hair = _hair(stitched, landmarks, n)
            shown = shown * (hair_fade(landmarks, len(crop)) if hair is None else 1 - hair.strips())
            mask = in_front.cut_from(shown.astype(np.uint8), n)
            inversion = np.asarray(tuned.inversions[n])
            follows = followed(np.asarray(aligned.crops[n]), inversion) if self.keep_missed else None
            return self.add(frame, crop, inversion, mask, aligned.quads[n], follows, hair)

        return compose

    def add(
        self,
        frame: UInt8[np.ndarray, "H W 3"],
        crop: UInt8[np.ndarray, "S S 3"],
        inversion: UInt8[np.ndarray, "S S 3"],
        mask: UInt8[np.ndarray, "S S"],
        quad: Float[np.ndarray, "4 2"],
        follows: Float32[np.ndarray, "S S 1"] | None = None,
        hair: Hair | None = None,
    ) -> UInt8[np.ndarray, "H W 3"]:
        """A copy of the frame with the change added; pixels with a mask of 0 keep their value exactly.

        Args:
            frame: The source frame.
            crop: The edited crop.
            inversion: The same face from the same generator before the edit.
            mask: Opacity of the change, 0 to 255.
            quad: Where the crops' corners lie, in pixel indices of the frame.
            follows: How far the inversion shows the filmed features (`missed.followed`); None believes it everywhere.
            hair: What is hair before and after the edit, where somebody knows.
        """
        composed = frame.copy()
        region = region_of(quad, *frame.shape[:2])
        if region.is_empty or not mask.any():
            return composed
        opacity = resample_into(mask.astype(np.float32), quad, region, cv2.INTER_LINEAR) / 255
        base, before = frame[region.slices].astype(np.float32), inversion.astype(np.float32)
        if self.largest_motion:
            field = displacement(inversion, crop, largest=self.largest_motion) * features_of_face(len(crop))
            field = field * (1.0 if follows is None else follows)
            base, before = moved_frame(frame, field, opacity, quad, region), moved(before, field)
        change = self._change(crop, before, follows, hair)
        added = resample_into(change, quad, region, cv2.INTER_CUBIC)
        share = self._share_of_paste(change, hair)
        if share is not None:
            share = resample_into(share, quad, region, cv2.INTER_LINEAR)[..., None]
            whole = resample_into(crop.astype(np.float32), quad, region, cv2.INTER_CUBIC)
            added = added + share * (whole - base - added)
        composed[region.slices] = np.rint(np.clip(base + opacity[..., None] * added, 0, 255)).astype(np.uint8)
        return composed

    def _share_of_paste(self, change: np.ndarray, hair: Hair | None) -> np.ndarray | None:
        if hair is None and self.paste_from is None:
            return None
        amount = _local_amount(change)
        share = None if hair is None else hair.exchanged(amount)
        if self.paste_from is None:
            return share
        large = smooth_step(amount, self.paste_from, self.paste_above)
        return large if share is None else np.maximum(share, large)

    def _change(
        self, crop: np.ndarray, before: np.ndarray, follows: np.ndarray | None, hair: Hair | None
    ) -> Float32[np.ndarray, "S S 3"]:
        change = crop.astype(np.float32) - before
        if follows is not None:
            change = without_missed(change, follows)
        if hair is not None:
            change = hair.with_filmed_strands(change)
        return without_tint(change, before) if self.keep_skin_colour else change


def _hair(stitched: StitchedCrops, landmarks: np.ndarray, n: int) -> Hair | None:
    if stitched.source_hair is None or stitched.edited_hair is None:
        return None
    return Hair(np.asarray(stitched.source_hair[n]), np.asarray(stitched.edited_hair[n]), landmarks)


def _local_amount(change: Float32[np.ndarray, "S S 3"]) -> Float32[np.ndarray, "S S"]:
    """Mean absolute change in the neighbourhood of each pixel, in levels."""
    return cv2.GaussianBlur(np.abs(change).mean(-1), (0, 0), max(change.shape[0] * _CHANGE_BLUR_OF_SIDE, 0.5))
