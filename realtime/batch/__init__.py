"""Many recordings: a process for each, here or on a Ray cluster."""
