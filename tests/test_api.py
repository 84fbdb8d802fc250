"""softfocus from Python."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import softfocus.realtime as api
from softfocus.realtime import RunSettings, Size, SoftfocusError, start
from softfocus.realtime.errors import BadSetting

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "api.md"
DEMO = RunSettings(input="demo", outputs=("null",), size=Size(320, 180))


def test_the_example_of_the_guide_runs_as_it_stands(tmp_path: Path) -> None:
    example = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)[0]
    assert len(example.splitlines()) <= 12
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    told, summary = done.stdout.splitlines()
    assert re.fullmatch(r"(open|shielded) #20304a", told)
    assert re.search(r"\d+ frames composed in [\d.]+ s", summary)


def test_a_run_is_changed_and_a_bad_value_raises_and_changes_nothing() -> None:
    with start(DEMO) as run:
        run.set("blur", "light")
        for name, text in [("blur", "a lot"), ("background", "none"), ("size", "64x64"), ("blurr", "1")]:
            with pytest.raises(BadSetting, match=name):
                run.set(name, text)
        assert (run.settings.blur, run.settings.background) == (20.0, "blur")
        assert run.status()["settings"]["blur"] == "20"


def test_what_keeps_a_run_from_starting_is_raised_where_it_was_asked_for() -> None:
    with pytest.raises(SoftfocusError, match="cannot read"):
        start(RunSettings(input="gone.mp4", outputs=("null",)))
    with pytest.raises(BadSetting, match="main thread"):
        start(RunSettings(input="demo", outputs=("window",)))


def test_the_public_names_are_there_and_importing_them_is_what_loads_them() -> None:
    assert all(getattr(api, name) for name in api.__all__)
    assert sorted(api.PLACES) == sorted(api.__all__)
    with pytest.raises(AttributeError):
        _ = api.nothing
    light = "import sys, softfocus.realtime; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", light], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
