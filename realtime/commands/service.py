"""softfocus service: install, remove."""

from __future__ import annotations

import typer

from .options import show_help
from .say import say

app = typer.Typer(help="Keep softfocus running from login on (Linux with systemd).")


@app.callback(invoke_without_command=True)
def start(ctx: typer.Context) -> None:
    show_help(ctx)


@app.command()
def install() -> None:
    """Write the unit, and say how to start it."""
    from ..service import unit as service

    say(f"wrote {service.install()}; now run: {service.ON}")


@app.command()
def remove() -> None:
    """Take the unit away."""
    from ..service import unit as service

    say(f"removed {service.remove()}; what still runs: systemctl --user stop {service.NAME}")
