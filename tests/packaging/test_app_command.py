"""`app`: every setting is passed, and the server that comes of it answers this machine only."""

import os
import socket
import sys
import tomllib
from pathlib import Path

import pytest
from streamlit.web.cli import main_run

from benchmarks.server import free_port
from resnet_core.cli.serving import app_command
from tests.packaging.serving import gathers_statistics, listening_addresses, started
from tests.packaging.test_installed import environment

ROOT = Path(__file__).resolve().parents[2]


def understood(command: list[str]) -> dict[str, object]:
    """What Streamlit makes of the options of a command."""
    assert command[:5] == [sys.executable, "-P", "-m", "streamlit", "run"]
    return main_run.make_context("run", command[5:]).params


def flat(table: dict, above: str = "") -> dict[str, object]:
    found = {}
    for name, value in table.items():
        found |= (
            flat(value, f"{above}{name}.") if isinstance(value, dict) else {above + name: value}
        )
    return found


def test_every_setting_is_a_flag_that_streamlit_understands() -> None:
    found = understood(app_command(ROOT, []))
    settings = flat(tomllib.loads((ROOT / ".streamlit/config.toml").read_text()))
    assert settings["server.address"] == "127.0.0.1"
    assert settings["browser.gatherUsageStats"] is False
    for name, value in settings.items():
        assert same(found[name.replace(".", "_")], value), name


def same(taken: object, written: object) -> bool:
    """Whether a flag arrived as `config.toml` has it; a theme's lists arrive as JSON."""
    if isinstance(written, list) and isinstance(taken, str):
        return tomllib.loads(f"value = {taken}")["value"] == written
    if isinstance(written, list):
        return list(taken) == written  # type: ignore[call-overload]
    return taken == written or str(taken).lower() == str(written).lower()


def test_options_given_take_the_place_of_the_labs_own() -> None:
    given = ["--server.allowedHosts=lab.example.org", "--server.baseUrlPath", "lab"]
    found = understood(app_command(ROOT, given))
    assert found["server_allowedHosts"] == ("lab.example.org",)
    assert found["server_baseUrlPath"] == "lab"
    assert found["server_address"] == "127.0.0.1"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_installed_app_listens_on_this_machine_only_and_counts_nobody(
    installed: Path, tmp_path: Path
) -> None:
    port = free_port()
    command = [sys.executable, "-P", "-m", "resnet_core", "app", "--port", str(port)]
    # A person's own settings for other apps would make it public and talkative.
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text(
        '[server]\naddress = "0.0.0.0"\n[browser]\ngatherUsageStats = true\n'
    )
    variables = {
        "RESNET_LAB_HOME": str(tmp_path / "home"),
        "HOME": str(tmp_path),
        "STREAMLIT_SERVER_ADDRESS": "0.0.0.0",
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "true",
    }
    with started(
        [*command, "--no-browser"],
        port,
        folder=tmp_path,
        environment=environment(installed, variables),
    ) as process:
        assert listening_addresses(process.pid) == {"127.0.0.1"}
        assert not gathers_statistics(port)
        assert str(tmp_path / "home") in (tmp_path / "server-log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_listening_addresses_are_found() -> None:
    with (
        socket.create_server(("0.0.0.0", 0)),
        socket.create_server(("::1", 0), family=socket.AF_INET6),
    ):
        assert listening_addresses(os.getpid()) >= {"0.0.0.0", "IPv6"}
