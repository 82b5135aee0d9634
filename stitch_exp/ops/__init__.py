"""Pure tensor functions: no state, no disk, no configuration."""
