"""Where composed frames go: virtual camera, window, recording, standard output."""
