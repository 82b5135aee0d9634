"""How our parts of `model=ffhq_mobile` are made: heads for small pictures, the W+ encoder, the edit directions."""
