"""Where composed frames go: virtual camera, window, recording, standard output."""

# OpenCV before PyAV: their wheels bring parts of the same X libraries, and a window hangs in PyAV's.
import cv2 as cv2
