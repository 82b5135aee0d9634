"""A schematic face: 68 landmarks in the iBUG order, and nothing a detector would fall for."""

import numpy as np


def landmarks(center: tuple[float, float], eye_distance: float, angle: float = 0.0) -> np.ndarray:
    """68 points of a frontal face, turned clockwise on the screen by `angle` radians."""
    jaw = np.linspace(np.pi, 0, 17)
    parts = [
        np.column_stack([1.05 * np.cos(jaw), 0.2 + 1.35 * np.sin(jaw)]),
        np.column_stack([np.linspace(-0.8, 0.8, 10), np.full(10, -0.35)]),
        np.column_stack([np.zeros(4), np.linspace(0, 0.5, 4)]),
        np.column_stack([np.linspace(-0.2, 0.2, 5), np.full(5, 0.6)]),
        *(_ring(6, 0.14, 0.05, (side, 0.0)) for side in (-0.5, 0.5)),
        _ring(12, 0.35, 0.12, (0, 0.95)),
        _ring(8, 0.25, 0.04, (0, 0.95)),
    ]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.concatenate(parts) @ turn.T * eye_distance + center


def _ring(count: int, width: float, height: float, center: tuple[float, float]) -> np.ndarray:
    turns = np.pi + np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.column_stack([width * np.cos(turns), height * np.sin(turns)]) + np.array(center)


def frame(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth random colours."""
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 16 + 1, width // 16 + 1, 3))
    return np.kron(coarse, np.ones((16, 16, 1)))[:height, :width].astype(np.uint8)
