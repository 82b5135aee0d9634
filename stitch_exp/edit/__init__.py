"""Move the pivots in latent space."""
