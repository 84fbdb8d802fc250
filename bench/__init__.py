"""Benchmarks anyone can run: speed, quality, side by side."""
