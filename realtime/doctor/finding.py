"""What a look at the machine gave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...models.errors import SoftfocusError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    ok    softfocus can work with it as it is
    says  what was seen
    fix   what puts it right, or would make it better; empty when nothing is to be done
    """

    name: str
    ok: bool
    says: str
    fix: str = ""


def wrong(name: str, error: SoftfocusError) -> Finding:
    """What an error says, apart from its remedy."""
    says, _, fix = str(error).partition("; ")
    return Finding(name, False, says, fix)


def printed(findings: Iterable[Finding]) -> str:
    """For people: a line per finding, what to do about it below."""
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{'ok' if finding.ok else 'wrong':7}{finding.name}: {finding.says}")
        lines += [f"       -> {finding.fix}"] if finding.fix else []
    return "\n".join(lines)
