"""The way of a frame: source, matting, gate, sinks."""
