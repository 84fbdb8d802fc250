"""The systems that wheels are made for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A system.

    tag     the wheel's platform tag
    triple  what zig calls it, with the oldest version that is good enough
    """

    tag: str
    triple: str

    @property
    def machine(self) -> str:
        """x86_64 or aarch64."""
        return self.triple.partition("-")[0]

    @property
    def system(self) -> str:
        """glibc, musl, macos or windows."""
        for part, name in (("musl", "musl"), ("linux", "glibc"), ("macos", "macos")):
            if part in self.triple:
                return name
        return "windows"

    @property
    def suffix(self) -> str:
        """Of compiled modules that serve every Python there."""
        return ".pyd" if self.system == "windows" else ".abi3.so"


TARGETS = {
    target.tag: target
    for target in (
        Target("manylinux_2_17_x86_64", "x86_64-linux-gnu.2.17"),
        Target("manylinux_2_17_aarch64", "aarch64-linux-gnu.2.17"),
        Target("musllinux_1_2_x86_64", "x86_64-linux-musl"),
        Target("musllinux_1_2_aarch64", "aarch64-linux-musl"),
        Target("macosx_11_0_arm64", "aarch64-macos.11.0"),
        Target("macosx_11_0_x86_64", "x86_64-macos.11.0"),
        Target("win_amd64", "x86_64-windows-gnu"),
        Target("win_arm64", "aarch64-windows-gnu"),
    )
}
