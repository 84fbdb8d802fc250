"""Fills the README's table of figures from docs/numbers.json, and from nothing else.

softfocus bench fps --json > docs/numbers.json
python docs/make_numbers.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
BEGIN = "<!-- numbers: made by docs/make_numbers.py from docs/numbers.json -->\n"
END = "<!-- end of numbers -->"
FEEDS = {
    "mjpeg": "a webcam's MJPEG",
    "yuyv": "a webcam's YUYV",
    "i420": "planes in memory, nothing to decode",
}


def main() -> None:
    report = json.loads((HERE / "numbers.json").read_text("utf-8"))
    head, _, rest = README.read_text("utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    README.write_text(f"{head}{BEGIN}{table(report)}{END}{tail}", "utf-8")


def table(report: dict[str, Any]) -> str:
    """Markdown: a row per feed, the machine below."""
    rows = [
        f"| {report['size']} from | CPU ms a frame | ms, p50 / p95 / p99 | memory, MB | first frame, s |",
        "|---|---|---|---|---|",
        *(row(each) for each in (report, *report["also"])),
    ]
    return "\n".join([*rows, "", machine(report), ""])


def row(figures: dict[str, Any]) -> str:
    wall = figures["wall_ms"]
    times = f"{wall['p50']:.1f} / {wall['p95']:.1f} / {wall['p99']:.1f}"
    return (
        f"| {FEEDS[figures['feed']]} | {figures['cpu_ms_per_frame']:.1f} | {times} "
        f"| {figures['rss_mb']:.0f} | {figures['first_frame_s']:.2f} |"
    )


def machine(report: dict[str, Any]) -> str:
    its, versions = report["machine"], report["versions"]
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    settings = report["settings"]
    return (
        f"{its['cpu']}, {its['cores']} cores, {its['system']}, load {its['load']} before the measuring; "
        f"model {settings['model']} on {settings['threads']} thread; {packages}."
    )


if __name__ == "__main__":
    main()
