"""What every optimisation shares: a quiet Trainer and its progress."""
