"""How a face model is trained: generator, mapping network, encoder and edit directions, each one Hydra stage."""
