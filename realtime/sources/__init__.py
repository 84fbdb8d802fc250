"""Where frames come from: cameras, files, still pictures and the built-in demo."""

# OpenCV before PyAV: their wheels bring parts of the same X libraries, and a window hangs in PyAV's.
import cv2 as cv2
