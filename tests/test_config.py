"""Where settings come from, strongest first: command line, environment, overlay.toml, default; and what is refused."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from overlay.config import BadSetting, Config, Secret, check_reach, read_config, short_password

VALUES: dict[str, tuple[str, str, Any, Any, Any]] = {
    # name: variable, name in the file, and three values
    "host": ("OVERLAY_HOST", "host", "127.0.0.2", "127.0.0.3", "127.0.0.4"),
    "port": ("OVERLAY_PORT", "port", 1111, 2222, 3333),
    "log": ("OVERLAY_LOG", "log", "debug", "warning", "error"),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("told", list(itertools.product([True, False], repeat=3)))
def test_the_strongest_that_is_told_wins(tmp_path: Path, name: str, told: tuple[bool, bool, bool]) -> None:
    variable, key, first, second, third = VALUES[name]
    line = {"folder": str(tmp_path)} | ({name: first} if told[0] else {})
    environment = {variable: str(second)} if told[1] else {}
    if told[2]:
        (tmp_path / "overlay.toml").write_text(f"{key} = {third!r}\n")
    default = getattr(Config(folder=tmp_path), name)
    wanted = next((value for has, value in zip(told, (first, second, third), strict=True) if has), default)
    assert getattr(read_config(line, environment), name) == wanted


def test_the_data_folder_comes_from_line_then_environment(tmp_path):
    assert read_config({"folder": str(tmp_path / "a")}, {"OVERLAY_DATA": str(tmp_path / "b")}).folder == tmp_path / "a"
    assert read_config({}, {"OVERLAY_DATA": str(tmp_path / "b")}).folder == tmp_path / "b"


def test_an_empty_variable_is_not_told(tmp_path):
    assert read_config({"folder": str(tmp_path)}, {"OVERLAY_PORT": "", "OVERLAY_PASSWORD": ""}).password is None


def test_secrets_never_show_themselves(tmp_path):
    config = read_config({"folder": str(tmp_path)}, {"TIKTOOL_API_KEY": " tk_canary ", "OVERLAY_PASSWORD": "canary"})
    assert isinstance(config.tiktool_key, Secret)
    assert config.tiktool_key.reveal() == "tk_canary"
    assert "canary" not in f"{config!r} {config} {config.tiktool_key} {config.password!r}"


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"OVERLAY_PORT": "x"}, "OVERLAY_PORT"), ({"OVERLAY_PORT": "70000"}, "port"), ({"OVERLAY_PORT": "-1"}, "port"),
        ({"OVERLAY_PREFLIGHT_S": "0.5"}, "OVERLAY_PREFLIGHT_S"), ({"OVERLAY_PREFLIGHT_S": "nan"}, "OVERLAY_PREFLIGHT_S"),
        ({"OVERLAY_PACE_HZ": "0"}, "OVERLAY_PACE_HZ"), ({"OVERLAY_PACE_HZ": "fast"}, "OVERLAY_PACE_HZ"),
        ({"OVERLAY_LOG": "loud"}, "OVERLAY_LOG"), ({"OVERLAY_LOG_FORMAT": "xml"}, "OVERLAY_LOG_FORMAT"),
    ],
)  # fmt: skip
def test_a_bad_setting_is_refused_in_one_sentence_that_names_it(tmp_path, environment, named):
    with pytest.raises(BadSetting) as bad:
        read_config({"folder": str(tmp_path)}, environment)
    assert named in str(bad.value)
    assert str(bad.value).endswith(".")
    assert "\n" not in str(bad.value)


@pytest.mark.parametrize("text", ["port = ", "\x00", "= 3"])
def test_a_damaged_file_is_refused_and_named(tmp_path, text):
    (tmp_path / "overlay.toml").write_text(text)
    with pytest.raises(BadSetting, match=r"overlay\.toml"):
        read_config({"folder": str(tmp_path)}, {})


def test_a_preflight_of_one_second_is_allowed(tmp_path):
    assert read_config({"folder": str(tmp_path)}, {"OVERLAY_PREFLIGHT_S": "1"}).preflight_s == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_a_careless_bind_is_refused_with_the_way_out(tmp_path, host):
    with pytest.raises(BadSetting, match="OVERLAY_PASSWORD"):
        check_reach(Config(folder=tmp_path, host=host), has_password=False)
    check_reach(Config(folder=tmp_path, host=host), has_password=True)


def test_further_names_without_a_password_are_refused(tmp_path):
    with pytest.raises(BadSetting, match="OVERLAY_PASSWORD"):
        check_reach(Config(folder=tmp_path, allowed_hosts=("a.example",)), has_password=False)


@pytest.mark.parametrize(
    ("password", "host", "names", "said"),
    [
        (None, "127.0.0.1", (), None), ("12345678", "0.0.0.0", (), None), ("🎂" * 8, "0.0.0.0", (), None),
        ("1234567", "0.0.0.0", (), "others can reach"), ("1234567", "127.0.0.1", ("a.example",), "others can reach"),
        ("1234567", "::1", (), "only this machine"),
    ],
)  # fmt: skip
def test_a_short_password_is_taken_and_remarked_upon(tmp_path, password, host, names, said):
    kept = None if password is None else Secret(password)
    told = short_password(Config(folder=tmp_path, password=kept, host=host, allowed_hosts=names))
    assert (told is None) == (said is None)
    if told is not None:
        assert "OVERLAY_PASSWORD has fewer than 8 characters" in told
        assert said in told
        assert "1234567" not in told
