"""From a frame to its matte: the steps of the way, each a file."""
