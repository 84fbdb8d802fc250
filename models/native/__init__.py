"""The light models' arithmetic in C; where nothing compiled it, ONNX Runtime runs them."""
