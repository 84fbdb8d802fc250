"""Arithmetic over whole planes: in C where it was compiled, else in OpenCV and NumPy, to the same bytes."""
