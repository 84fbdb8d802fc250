"""`softfocus cutout`: the command line of cutting out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import ConfigOption, ModelDirOption, OverwriteOption, ThreadsOption, settings
from .say import say

if TYPE_CHECKING:
    from ..inspection.cutout import Choice

PLACES = {"--point": "x,y", "--box": "x0,y0,x1,y1"}


def cutout(
    input: Annotated[str, typer.Argument(metavar="IMAGE|VIDEO", help="A picture, or a film: see --at.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT.png", help="Becomes RGBA; with --all, RGB.")
    ],
    largest: Annotated[
        bool, typer.Option("--largest", help="The largest person, or thing if nobody is there; the default.")
    ] = False,
    point: Annotated[str | None, typer.Option(metavar="X,Y", help="Who or what is there, px.")] = None,
    box: Annotated[str | None, typer.Option(metavar="X0,Y0,X1,Y1", help="What is in there, px.")] = None,
    mask: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What this picture shows in white, roughly.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Write the picture with all that was found, numbered.")
    ] = False,
    at: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="Which frame of a film.")] = 0.0,
    model: Annotated[
        str | None,
        typer.Option("-m", "--model", metavar="NAME", help="What finds it: mobile-sam, efficient-sam."),
    ] = None,
    threads: ThreadsOption = None,
    model_dir: ModelDirOption = None,
    overwrite: OverwriteOption = None,
    config: ConfigOption = None,
) -> None:
    """Cut a person or thing out of a picture.

    Finds anything with Segment Anything (softfocus models lists it), only people without.
    """
    from ...models.open import DEFAULT_PROMPTED
    from ..inspection.cutout import CutoutSettings, cut_out

    told = settings({"threads": threads, "model_dir": model_dir, "overwrite": overwrite}, config)
    chosen = places(point, box)
    if largest:
        chosen.append("largest")
    if everything:
        chosen.append("all")
    if mask:
        chosen.append(mask)
    if len(chosen) > 1:
        raise typer.BadParameter("give one of --largest, --point, --box, --mask and --all")
    choice = chosen[0] if chosen else "largest"
    cut = CutoutSettings(
        input,
        output,
        choice,
        at,
        model or DEFAULT_PROMPTED,
        told.threads,
        told.model_dirs,
        told.overwrite,
    )
    say(cut_out(cut))


def places(point: str | None, box: str | None) -> list[Choice]:
    """Points and boxes, from text."""
    from ...models.sam import Point, Region

    found: list[Choice] = []
    if point is not None:
        x, y = numbers("--point", point)
        found.append(Point(x, y))
    if box is not None:
        x0, y0, x1, y1 = numbers("--box", box)
        if x0 >= x1 or y0 >= y1:
            raise typer.BadParameter(f"--box {box} is empty; give left, top, right, bottom")
        found.append(Region(x0, y0, x1, y1))
    return found


def numbers(option: str, text: str) -> list[float]:
    """As many as the option takes."""
    wanted = PLACES[option]
    try:
        given = [float(each) for each in text.split(",")]
    except ValueError:
        given = []
    if len(given) != len(wanted.split(",")) or not all(abs(each) < 1e6 for each in given):
        raise typer.BadParameter(f"{option} {text!r} is not {wanted} in pixels")
    return given
