"""What is written down about a run besides its results: losses, the run on Weights & Biases, what it was made from."""
