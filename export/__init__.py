"""Turns other frameworks' models into the ONNX files that softfocus runs."""
