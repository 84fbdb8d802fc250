"""Settings: what can be set, who wins, and what a person is told about a slip."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softfocus.realtime.errors import BadSetting
from softfocus.realtime.frame import Size
from softfocus.realtime.settings import Paint, RunSettings
from softfocus.realtime.settings.config import Given, combined, from_environment, from_toml, settings_from
from softfocus.realtime.settings.texts import SETTINGS


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def refused(config: Path, **environ: str) -> str:
    with pytest.raises(BadSetting) as caught:
        settings_from({}, environ, config)
    return str(caught.value)


def test_what_nobody_sets_keeps_its_default(config: Path) -> None:
    config.write_text("")
    assert settings_from({"input": None, "output": []}, {}, config) == RunSettings()


def test_command_line_wins_over_environment_over_file_over_default(config: Path) -> None:
    config.write_text('blur = "light"\nfps = 15\nthreads = 3\n')
    environ = {"SOFTFOCUS_FPS": "24", "SOFTFOCUS_THREADS": "2"}
    settings = settings_from({"threads": "1"}, environ, config)
    assert (settings.blur, settings.rate, settings.threads) == (20.0, 24.0, 1)
    assert settings.size is None


def test_every_field_can_be_set_in_each_place(config: Path) -> None:
    wanted = RunSettings(
        input="clip.mp4",
        outputs=("camera:/dev/video10", "talk.mkv"),
        background=Paint(0x20, 0x30, 0x4A),
        blur=12.5,
        grow=-2.0,
        feather=4.5,
        model="selfie-general",
        size=Size(640, 360),
        rate=25.0,
        threads=2,
        model_dirs=(Path("/models"),),
        realtime=True,
        mirror=True,
    )
    assert {s.field for s in SETTINGS.values()} == {f.name for f in dataclasses.fields(RunSettings)}
    config.write_text(
        'input = "clip.mp4"\noutput = ["camera:/dev/video10", "talk.mkv"]\nbackground = "#20304a"\n'
        'blur = 12.5\ngrow = -2\nfeather = 4.5\nmodel = "selfie-general"\n'
        'size = "640x360"\nfps = 25\nthreads = 2\n'
        'model-dir = "/models"\nrealtime = true\nmirror = true\n'
    )
    environ = {
        "SOFTFOCUS_INPUT": "clip.mp4",
        "SOFTFOCUS_OUTPUT": "camera:/dev/video10,talk.mkv",
        "SOFTFOCUS_BACKGROUND": "#20304A",
        "SOFTFOCUS_BLUR": "12.5",
        "SOFTFOCUS_GROW": "-2",
        "SOFTFOCUS_FEATHER": "4.5",
        "SOFTFOCUS_MODEL": "selfie-general",
        "SOFTFOCUS_SIZE": "640x360",
        "SOFTFOCUS_FPS": "25",
        "SOFTFOCUS_THREADS": "2",
        "SOFTFOCUS_MODEL_DIR": "/models",
        "SOFTFOCUS_REALTIME": "on",
        "SOFTFOCUS_MIRROR": "1",
    }
    options = {
        "input": "clip.mp4",
        "output": ["camera:/dev/video10", "talk.mkv"],
        "background": "#20304a",
        "blur": "12.5",
        "grow": "-2",
        "feather": "4.5",
        "model": "selfie-general",
        "size": "640x360",
        "fps": "25",
        "threads": "2",
        "model_dir": ["/models"],
        "realtime": True,
        "mirror": True,
    }
    assert settings_from({}, {}, config) == wanted
    config.write_text("")
    assert settings_from({}, environ, config) == wanted
    assert settings_from(options, {}, config) == wanted


def test_a_misspelt_key_is_named_with_its_line_and_the_nearest_right_one(config: Path) -> None:
    config.write_text('fps = 30\n\n# how much\nblurr = "light"\n')
    message = refused(config)
    assert message.startswith(f"{config}, line 4: there is no setting 'blurr', did you mean blur?")
    assert all(name in message for name in SETTINGS)


def test_a_misspelt_variable_is_named(config: Path) -> None:
    config.write_text("")
    message = refused(config, SOFTFOCUS_MODLE="rvm")
    assert message.startswith("SOFTFOCUS_MODLE: there is no setting 'modle', did you mean model?")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('blur = "heavy"', "'heavy' is not light or strong or a number from 0.5 to 200"),
        ("blur = -1", "'-1' is not"),
        ("blur = nan", "'nan' is not"),
        ("blur = true", "'true' is not"),
        ("grow = 41", "'41' is not a number of pixels from -40 to 40"),
        ("feather = -1", "'-1' is not a number of pixels from 0 to 40"),
        ('size = "1280*720"', "'1280*720' is not WIDTHxHEIGHT in even pixels"),
        ('size = "641x360"', "even pixels"),
        ("fps = 0", "from 1 to 240"),
        ("threads = 1.5", "'1.5' is not a whole number from 1 to 256"),
        ('output = "windw"', "none of: camera, camera:DEVICE, pipewire, pipewire:NAME, window, null"),
        ("output = []", "takes a text or a list of texts"),
        ('output = ["null", 1979-05-27]', "takes a text or a list of texts"),
        ('background = "none"', "'none' never outlives a run; give it on the command line"),
        ('background = "no"', "none of: blur, bokeh, depth, grey, transparent, a picture such as beach.jpg"),
        ('background = "#12345"', "a colour such as #20304a"),
        ('realtime = "perhaps"', "neither true nor false"),
        ('model = ["a", "b"]', "takes one value"),
        ('input = ""', "is empty"),
        ('input = "a\\u0000b"', "NUL"),
        ("threads = 0x" + "f" * 5000, "takes one value"),
        ("[blur]\nstrength = 3", "takes one value"),
    ],
)
def test_a_wrong_value_is_named_with_its_line_and_what_is_allowed(config: Path, line: str, says: str) -> None:
    config.write_text(f"# mine\n{line}\n")
    message = refused(config)
    assert message.startswith(f"{config}, line 2, {line.strip('[').split()[0].strip(']')}: ")
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "text", ["blur =", "= 3", "blur = 1\nblur = 2", "[" * 100_000, "fps = " + "9" * 5000]
)
def test_what_is_no_toml_is_said_with_the_file(config: Path, text: str) -> None:
    config.write_text(text)
    assert refused(config).startswith(f"{config}: is not TOML: ")


def test_a_file_that_cannot_be_read_is_named(config: Path) -> None:
    assert "No such file" in refused(config)
    config.write_bytes(b"\xff\xfe")
    assert refused(config) == f"{config}: is not UTF-8 text"


def test_the_environment_may_name_the_file(config: Path) -> None:
    config.write_text("fps = 12\n")
    assert settings_from({}, {"SOFTFOCUS_CONFIG": str(config)}).rate == 12


def test_a_tilde_is_the_users_folder(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("USERPROFILE", "/home/ada")
    config.write_text('background = "~/beach.jpg"\nmodel-dir = ["~/models"]\n')
    settings = settings_from({}, {}, config)
    assert settings.background == Path("/home/ada/beach.jpg")
    assert settings.model_dirs == (Path("/home/ada/models"),)


def variable_of(name: str) -> str:
    return f"SOFTFOCUS_{name.upper().replace('-', '_')}"


toml_text = st.one_of(
    st.text(),
    st.builds(
        "{} = {}".format,
        st.sampled_from([*SETTINGS, "blurr", "'blur'", "a.b", "[size]"]),
        st.one_of(
            st.text().map(lambda text: f"'{text}'"),
            st.integers().map(str),
            st.floats().map(str),
            st.sampled_from(["true", "[]", "['camera', 'null']", "{}", "[[1]]", "1979-05-27"]),
        ),
    ),
)


def slip(layer: Iterator[Given]) -> BadSetting | None:
    """What is wrong with a layer; None when it gives settings."""
    try:
        settings = combined(layer)
    except BadSetting as error:
        return error
    assert settings.outputs
    return None


@settings(deadline=None)
@given(toml_text)
def test_any_text_gives_settings_or_one_line_about_the_slip(text: str) -> None:
    error = slip(from_toml(text, "config.toml"))
    assert error is None or str(error).startswith("config.toml")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*map(variable_of, SETTINGS), "SOFTFOCUS_X"]), st.text(",a.mp4")))
def test_any_environment_gives_settings_or_names_the_variable(environ: dict[str, str]) -> None:
    error = slip(from_environment(environ))
    assert error is None or error.where in environ
