"""PipeWire, the media server of Linux desktops: cameras of our own, and those that it knows."""
