"""Fills the table of docs/refine.md from docs/refine.json.

softfocus bench refine --clips DIR --model-dir DIR --json > docs/refine.json
python docs/make_refine.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from softfocus.bench.refine import Play, Refinement

MARKS = re.compile(r"(<!-- table -->\n).*?(<!-- /table -->)", re.DOTALL)
HERE = Path(__file__).parent


def main() -> None:
    measured = json.loads((HERE / "refine.json").read_text("utf-8"))
    plays = [Play(**play) for play in measured["plays"]]
    refinement = Refinement(**{**measured, "plays": plays})
    page = HERE / "refine.md"
    text = MARKS.sub(lambda marks: f"{marks[1]}{refinement.table()}\n{marks[2]}", page.read_text("utf-8"))
    page.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
