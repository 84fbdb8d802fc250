"""What goes to a terminal: text in which no file name, camera or server can hide commands to it."""

from __future__ import annotations

import logging
import unicodedata

import typer

KEPT = "\n\t"
COMMANDS = ("Cc", "Cf", "Zl", "Zp", "Cs")  # control, format (which turn the direction), lone surrogates


def printable(text: object) -> str:
    """The text with each character that a terminal would obey written as its number."""
    return "".join(
        each if each in KEPT or unicodedata.category(each) not in COMMANDS else escaped(each)
        for each in str(text)
    )


def escaped(character: str) -> str:
    return character.encode("unicode_escape", errors="backslashreplace").decode("ascii")


def say(text: object, *, err: bool = False) -> None:
    """A line or more on standard output, or standard error."""
    typer.echo(printable(text), err=err)


class Plain(logging.Formatter):
    """Log lines, likewise."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))
