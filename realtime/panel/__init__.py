"""A page on this machine's own address, to see and steer a running softfocus."""
