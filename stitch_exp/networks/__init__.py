"""Networks (`nn.Module`s) and the one loader of their weights."""
