"""What a name inside a pickle says about where the file comes from."""

ORIGINS = {
    "dnnlib.tflib.": "it is a TensorFlow snapshot of NVIDIA's first StyleGAN code, which only TensorFlow 1 reads; "
    "take the network's PyTorch snapshot (stylegan2-ada-pytorch, stylegan3)",
    "tensorflow.": "it is a TensorFlow object; a PyTorch or safetensors file is needed",
    "keras.": "it is a Keras object; a PyTorch or safetensors file is needed",
    "jax.": "it is a JAX object; a PyTorch or safetensors file is needed",
    "sklearn.": "it is a scikit-learn object, not the weights of a network",
    "pandas.": "it is a pandas table, not the weights of a network",
}


def named(path: str) -> str:
    """The sentence about a name that plain weights never hold; says what program made the file where that is known."""
    origin = next((text for start, text in ORIGINS.items() if path.startswith(start)), None)
    if origin:
        return f"{origin} (it names {path})"
    return (
        f"it names {path}, which is neither a tensor nor a plain container. Only files of tensors are read; get a "
        "state dict from its authors, and never load this one with plain pickle or torch.load"
    )
