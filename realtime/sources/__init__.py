"""Where frames come from: cameras, files, still pictures and the built-in demo."""
