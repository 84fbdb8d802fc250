"""The house: what imports what, by package, and by room inside realtime."""

from __future__ import annotations

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from importlib.resources import files
from pathlib import Path

BELOW: dict[str, set[str]] = {
    "models": set(),
    "realtime": {"models"},
    "export": {"models", "realtime"},
    "bench": {"models", "realtime"},
}
ROOT = Path(str(files("softfocus")))


def imports(package: str) -> dict[str, set[str]]:
    """By module, what it imports of softfocus, dotted both."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / package).rglob("*.py"):
        here = path.relative_to(ROOT).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                parts = [*here[: -node.level], *(node.module.split(".") if node.module else ())]
                names = [[]] if node.module else [[alias.name] for alias in node.names]
                found[".".join(here)] |= {".".join([*parts, *name]) for name in names}
    return found


def room(module: str) -> str:
    """A folder of realtime, or a file beside them; elsewhere a whole package."""
    parts = module.split(".")
    return ".".join(parts[:2] if parts[0] == "realtime" else parts[:1])


def test_packages_import_downward_only() -> None:
    for package, below in BELOW.items():
        for module, targets in imports(package).items():
            assert {target.partition(".")[0] for target in targets} <= {package, *below}, module


def test_no_room_imports_one_that_imports_it() -> None:
    needs: dict[str, set[str]] = defaultdict(set)
    for module, targets in imports("realtime").items():
        needs[room(module)] |= {room(target) for target in targets} - {room(module)}
    assert "realtime.matting" in needs["realtime.runs"]
    TopologicalSorter(needs).prepare()  # raises CycleError, which names the circle
