"""Other projects' PyTorch networks as ONNX; their code comes from a package or the user's checkout."""
