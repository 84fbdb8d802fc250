"""`softfocus models`: the command line of the model store."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import ConfigOption, ModelDirOption, settings
from .say import say

if TYPE_CHECKING:
    from ...models.manifest import ModelFile

AcceptOption = Annotated[
    bool, typer.Option("--accept-licence", help="The model's licence is fine with me; the list shows it.")
]
TrustOption = Annotated[
    bool, typer.Option("--trust", help="Take a file whose sha256 nobody knows for the right one, for good.")
]
NamesArgument = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="All, unless named.")]

app = typer.Typer(help="List models: what they find, licence, where they are. Fetch and check them.")


@app.callback(invoke_without_command=True)
def listed(ctx: typer.Context, model_dir: ModelDirOption = None, config: ConfigOption = None) -> None:
    if ctx.invoked_subcommand is None:
        from ...models.listing import list_models, table

        for line in table(list_models(folders(model_dir, config))):
            say(line)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One that softfocus models lists.")],
    accept_licence: AcceptOption = False,
    trust: TrustOption = False,
) -> None:
    """Fetch a model into your own folder.

    An interrupted download goes on where it stopped.
    """
    from ...models.fetch import pull
    from ...models.manifest import find_model

    model = find_model(name)
    say(f"{name}: {model.licence}; from {model.source}", err=True)
    with ExitStack() as shown:
        for path in pull(
            model,
            accepted=accept_licence,
            tell=Progress(shown),
            vouch=lambda file, sha: vouch(file, sha, trust),
        ):
            say(path)


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Known by content, not by name.")],
    accept_licence: AcceptOption = False,
    trust: TrustOption = False,
) -> None:
    """Copy model files that you have into your own folder."""
    from ...models.fetch import check_licence
    from ...models.store import add, recognise

    for file in files:
        model, _ = recognise(file)
        say(f"{model.name}: {model.licence}; from {model.source}", err=True)
        check_licence(model, accept_licence)
        say(add(file, lambda file, sha: vouch(file, sha, trust))[1])


@app.command()
def verify(
    names: NamesArgument = None, model_dir: ModelDirOption = None, config: ConfigOption = None
) -> None:
    """Compare the model files that are here with their sha256."""
    from ...models.listing import verify
    from ...models.manifest import find_model, known_models

    models = [find_model(name) for name in names] if names else list(known_models().values())
    verdicts = list(verify(models, folders(model_dir, config)))
    for verdict in verdicts:
        say(f"{'ok' if verdict.ok else 'wrong':7}{verdict.file}: {verdict.says}")
    raise typer.Exit(0 if all(verdict.ok for verdict in verdicts) else 1)


@app.command()
def path(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One that softfocus models lists.")],
    model_dir: ModelDirOption = None,
    config: ConfigOption = None,
) -> None:
    """Print where a model's files are."""
    from ...models.manifest import find_model
    from ...models.store import paths

    for each in paths(find_model(name), folders(model_dir, config)):
        say(each)


class Progress:
    """Shows on standard error how far each file has come."""

    def __init__(self, shown: ExitStack) -> None:
        self._shown = shown
        self._bars: dict[str, Any] = {}

    def __call__(self, file: str, here: int, total: int | None) -> None:
        if total is None:
            return
        if file not in self._bars:
            stream = typer.get_text_stream("stderr")
            bar = typer.progressbar(length=total, label=file, file=stream)
            self._bars[file] = self._shown.enter_context(bar)
        bar = self._bars[file]
        bar.update(here - bar.pos)


def vouch(file: ModelFile, sha256: str, trust: bool) -> bool:
    """Whether the user trusts a file whose sha256 nobody knows; asked only where somebody can answer."""
    asked = f"nobody knows the sha256 of {file.name}; this one has {sha256}. Trust it from now on?"
    return trust or (typer.get_text_stream("stdin").isatty() and typer.confirm(asked, err=True))


def folders(model_dir: list[str] | None, config: Path | None) -> tuple[Path, ...]:
    """Where the settings say that models lie."""
    return settings({"model_dir": model_dir}, config).model_dirs
