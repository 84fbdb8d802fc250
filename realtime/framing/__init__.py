"""Keeps the person in the middle of the picture, as a camera operator would."""
