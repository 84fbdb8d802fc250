"""Where settings come from: the command line wins over the environment, that over the file, that over
the defaults. Nothing else in softfocus reads arguments, environment variables or configuration files.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from ..errors import BadSetting
from .settings import RunSettings
from .texts import SETTINGS

PREFIX = "SOFTFOCUS_"
CONFIG = "SOFTFOCUS_CONFIG"  # names the configuration file, as --config does


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody set.

    texts  one, or several where the setting takes several
    where  for people: the option, the variable, or the file with its line
    lasting  it will be there in the next run too
    """

    name: str
    texts: tuple[str, ...]
    where: str
    lasting: bool = True


def settings_from(
    options: Mapping[str, object], environ: Mapping[str, str], config: Path | str | None = None
) -> RunSettings:
    """The settings of a run.

    options  of the command line by name (`model_dir` is --model-dir); None and () were not given,
             names that are no settings belong to somebody else
    config   the file to read; None: the one that SOFTFOCUS_CONFIG names, else the user's, if there is one

    Raises BadSetting, which names the place and what is allowed there.
    """
    return combined(
        [*from_file(chosen_file(config, environ)), *from_environment(environ), *from_options(options)]
    )


def combined(layers: Iterable[Given]) -> RunSettings:
    """The defaults with all that was given on top; the later wins."""
    values: dict[str, Any] = {SETTINGS[given.name].field: read(given) for given in layers}
    return replace(RunSettings(), **values)


def read(given: Given) -> object:
    """The value of what was given."""
    setting = SETTINGS[given.name]
    try:
        if any("\0" in text for text in given.texts):
            raise ValueError("holds a NUL character")
        if not given.texts:
            raise ValueError("is empty")
        if given.lasting and any(text in setting.fleeting for text in given.texts):
            raise ValueError(f"{given.texts[0]!r} never outlives a run; give it on the command line")
        if setting.split is not None:
            return tuple(setting.read(text) for text in given.texts)
        return setting.read(*given.texts)
    except ValueError as error:
        raise BadSetting(given.where, str(error)) from None


def from_options(options: Mapping[str, object]) -> Iterator[Given]:
    """What the command line set."""
    for key, value in options.items():
        name = key.replace("_", "-")
        if name in SETTINGS and value not in (None, (), []):
            yield Given(name, texts_of(name, value, f"--{name}"), f"--{name}", lasting=False)


def from_environment(environ: Mapping[str, str]) -> Iterator[Given]:
    """What SOFTFOCUS_ variables set; an empty one sets nothing."""
    for variable, text in environ.items():
        if variable.startswith(PREFIX) and variable != CONFIG and text:
            name = known(variable.removeprefix(PREFIX).lower().replace("_", "-"), variable)
            split = SETTINGS[name].split
            texts = (text,) if split is None else tuple(part for part in text.split(split) if part)
            yield Given(name, texts, variable)


def chosen_file(config: Path | str | None, environ: Mapping[str, str]) -> Path | None:
    """The configuration file to read; a user's own one need not exist."""
    path = watched_file(config, environ)
    return path if config or environ.get(CONFIG) or path.is_file() else None


def watched_file(config: Path | str | None, environ: Mapping[str, str]) -> Path:
    """Where the configuration file is, or would be."""
    if config:
        return Path(config)  # which may be the text of the command line
    named = environ.get(CONFIG)
    return Path(named) if named else user_config_path("softfocus") / "config.toml"


def from_file(path: Path | None) -> Iterator[Given]:
    """What the configuration file sets."""
    if path is None:
        return
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise BadSetting(str(path), f"cannot be read: {error.strerror}") from None
    except ValueError:
        raise BadSetting(str(path), "is not UTF-8 text") from None
    yield from from_toml(text, str(path))


def from_toml(text: str, place: str) -> Iterator[Given]:
    """What a configuration file's text sets."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: bad TOML, or a number beyond all bounds
        raise BadSetting(place, f"is not TOML: {error}") from None
    for name, value in table.items():
        where = f"{place}, line {line_of(name, text)}"
        yield Given(known(name, where), texts_of(name, value, f"{where}, {name}"), f"{where}, {name}")


def texts_of(name: str, value: Any, where: str) -> tuple[str, ...]:
    """The text or texts of a TOML or command line value."""
    several = SETTINGS[name].split is not None
    match value:
        case bool():
            return ("true" if value else "false",)
        case str() | float():
            return (str(value),)
        case int() if abs(value) < 10**18:  # Python refuses to print very long ones
            return (str(value),)
        case [*items] if several and items:
            return tuple(text for item in items for text in texts_of(name, item, where))
        case _:
            raise BadSetting(where, "takes a text or a list of texts" if several else "takes one value")


def known(name: str, where: str) -> str:
    """The name, if there is such a setting."""
    if name in SETTINGS:
        return name
    near = difflib.get_close_matches(name, SETTINGS, n=1)
    guess = f", did you mean {near[0]}?" if near else ";"
    raise BadSetting(where, f"there is no setting {name!r}{guess} there are: {', '.join(SETTINGS)}")


def line_of(name: str, text: str) -> int:
    """The first line that sets `name`, from 1; tomllib does not tell."""
    sets = re.compile(rf"""\s*\[*\s*["']?{re.escape(name)}["']?\s*[=.\]]""")
    return next((n for n, line in enumerate(text.split("\n"), 1) if sets.match(line)), 1)
