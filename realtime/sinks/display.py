"""Whether there is a screen, asked before OpenCV asks: its Qt ends the program when there is none."""

from __future__ import annotations

import ctypes
import os
import sys

import cv2


def display_answers() -> bool:
    """True where a window can be opened: always outside Linux."""
    if not sys.platform.startswith("linux"):
        return True
    if cv2.currentUIFramework().startswith("QT"):  # PyPI's wheels: X only, under Wayland by XWayland
        return bool(os.environ.get("DISPLAY")) and _x_server_answers()
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _x_server_answers() -> bool:
    """Connect as Qt will, with the library it uses and the user's own authority."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    error = int(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return error == 0
