"""softfocus service: install, remove."""

from __future__ import annotations

import typer

from .options import show_help
from .say import say

app = typer.Typer(help="Keep softfocus running from login on.")


@app.callback(invoke_without_command=True)
def start(ctx: typer.Context) -> None:
    show_help(ctx)


@app.command()
def install() -> None:
    """Write what starts it at login, and say how to start it now."""
    from ..service.choice import keeper

    here = keeper()
    say(f"wrote {here.install()}; now run: {here.on()}")


@app.command()
def remove() -> None:
    """Take it away."""
    from ..service.choice import keeper

    here = keeper()
    say(f"removed {here.remove()}; what still runs: {here.off()}")
