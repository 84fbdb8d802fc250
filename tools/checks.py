"""Whether a wheel is what its name says, read from the files in it."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from email.parser import HeaderParser
from pathlib import Path

import lief

from . import stable
from .packing import TAG
from .targets import Target

PYTHON = frozenset({*stable.functions(), *stable.data()})  # what a compiled module may ask Python for
ENTRY = "PyInit__compiled"
LINKER = {"__dso_handle", "_mh_dylib_header"}  # what it adds on macOS
MODULES = 3
lief.logging.disable()  # it wonders at symbols that zig leaves without a place
GLIBC = (2, 17)  # the newest version that a symbol may be of
MACOS = [11, 0, 0]
LIBRARIES = {  # that are there on every such system
    "glibc": r"lib[cm]\.so\.6",
    "musl": r"libc\.so",
    "macos": r"/usr/lib/libSystem\.B\.dylib",
    "windows": r"python3\.dll|KERNEL32\.dll|api-ms-win-crt-[\w-]+\.dll",
}


def check(wheel: Path, target: Target) -> Iterator[str]:
    """What was found, a line each. Exits with what is wrong."""
    try:
        yield from _checked(wheel, target)
    except ValueError as error:
        sys.exit(f"{wheel.name}: {error}")


def _checked(wheel: Path, target: Target) -> Iterator[str]:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        about = next(name for name in names if name.endswith(".dist-info/WHEEL"))
        yield _tags(wheel, target, archive.read(about).decode())
        modules = [name for name in names if name.endswith((".so", ".pyd", ".dylib", ".dll"))]
        _require(len(modules) == MODULES, f"there are {len(modules)} compiled modules, not {MODULES}")
        found: set[str] = set()
        for name in modules:
            _require(name.endswith(f"/_compiled{target.suffix}"), f"{name} is called otherwise there")
            found |= set(_module(archive.read(name), target))
        yield "; ".join(sorted(found))


def _tags(wheel: Path, target: Target, about: str) -> str:
    fields = HeaderParser().parsestr(about)
    _require(fields.get_all("Tag") == [f"{TAG}-{target.tag}"], f"its tags are {fields.get_all('Tag')}")
    _require(fields["Root-Is-Purelib"] == "false", "it says that nothing is compiled")
    _require(wheel.stem.endswith(f"-{TAG}-{target.tag}"), "its name has other tags")
    return f"tag {TAG}-{target.tag}"


def _module(content: bytes, target: Target) -> Iterator[str]:
    """What a compiled module asks of the system and of Python."""
    match lief.parse(list(content)), target.system:
        case lief.ELF.Binary() as binary, "glibc" | "musl":
            yield from _elf(binary, target)
        case lief.MachO.Binary() as binary, "macos":
            yield from _macho(binary, target)
        case lief.PE.Binary() as binary, "windows":
            yield from _pe(binary, target)
        case other, _:
            raise ValueError(f"a module is no {target.system} library but {type(other)}")


def _elf(binary: lief.ELF.Binary, target: Target) -> Iterator[str]:
    machines = {"x86_64": lief.ELF.ARCH.X86_64, "aarch64": lief.ELF.ARCH.AARCH64}
    _require(binary.header.machine_type == machines[target.machine], "a module is for another processor")
    yield _libraries(map(str, binary.libraries), target)
    symbols = list(binary.dynamic_symbols)
    _python(str(symbol.name) for symbol in symbols if not symbol.shndx)
    _exports(str(symbol.name) for symbol in symbols if symbol.shndx and symbol.name)
    needed = binary.symbols_version_requirement
    versions = {str(each.name) for library in needed for each in library.get_auxiliary_symbols()}
    if target.system == "musl":
        _require(not versions, f"symbols have versions: {versions}")
        return
    _require(all(name.startswith("GLIBC_") for name in versions), f"symbols have versions {versions}")
    newest = max(tuple(map(int, name.removeprefix("GLIBC_").split("."))) for name in versions)
    _require(newest <= GLIBC, f"it needs glibc {newest}, not {GLIBC}")
    yield f"symbols up to GLIBC_{'.'.join(map(str, newest))}"


def _macho(binary: lief.MachO.Binary, target: Target) -> Iterator[str]:
    types = lief.MachO.Header.CPU_TYPE
    machines = {"x86_64": types.X86_64, "aarch64": types.ARM64}
    _require(binary.header.cpu_type == machines[target.machine], "a module is for another processor")
    own = lief.MachO.LoadCommand.TYPE.ID_DYLIB
    needed = (str(library.name) for library in binary.libraries if library.command != own)
    yield _libraries(needed, target)
    _python(str(symbol.name).removeprefix("_") for symbol in binary.imported_symbols)
    exported = {str(symbol.name).removeprefix("_") for symbol in binary.exported_symbols}
    _exports(exported - LINKER)
    oldest = binary.build_version.minos if binary.build_version else []
    _require([0] < list(oldest) <= MACOS, f"it needs macOS {oldest}")
    if target.machine == "aarch64":
        _require(binary.has_code_signature, "it is not signed, so Apple silicon refuses it")
        yield "signed"
    yield f"from macOS {oldest[0]}.{oldest[1]} on"


def _pe(binary: lief.PE.Binary, target: Target) -> Iterator[str]:
    types = lief.PE.Header.MACHINE_TYPES
    machines = {"x86_64": types.AMD64, "aarch64": types.ARM64}
    _require(binary.header.machine == machines[target.machine], "a module is for another processor")
    yield _libraries((str(library.name) for library in binary.imports), target)
    for library in binary.imports:
        if str(library.name) == "python3.dll":
            _python(str(entry.name) for entry in library.entries)
    exported = binary.get_export()
    _exports([str(entry.name) for entry in exported.entries] if exported else [])


def _libraries(names: Iterator[str], target: Target) -> str:
    found = sorted(names)
    strange = [name for name in found if not re.fullmatch(LIBRARIES[target.system], name)]
    _require(not strange, f"it needs {', '.join(strange)}")
    return f"needs {', '.join(sorted({re.sub('-crt-.*', '-crt', name) for name in found})) or 'no library'}"


def _python(names: Iterator[str]) -> None:
    asked = {name for name in names if name.startswith(("Py", "_Py"))}
    _require("PyModuleDef_Init" in asked, "a module does not ask for Python's functions")
    _require(asked <= PYTHON, f"not every Python has {', '.join(sorted(asked - PYTHON))}")


def _exports(names: Iterable[str]) -> None:
    found = set(names)
    _require(found == {ENTRY}, f"a module gives away {', '.join(sorted(found))}, not {ENTRY} alone")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
