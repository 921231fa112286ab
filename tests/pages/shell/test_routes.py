import asyncio
import csv
import gzip
import json
import struct

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp

import streamlit_app
from pages.ui.shell import routes
from pages.ui.shell.headers import SecurityHeaders
from resnet_core.edits import Edit
from resnet_core.edits.log import append_to_log
from resnet_core.runs.status import read_status, run_dir
from resnet_core.runs.store import SCALARS, STORE_NAME, MetricsWriter

pytestmark = pytest.mark.timeout(900)


class Client:
    """Asks an app without a server (Starlette's own test client wants a package of its own)."""

    def __init__(self, app: ASGIApp, base_url: str = "http://127.0.0.1") -> None:
        self._app, self._base_url = app, base_url

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.request("GET", path, **headers)

    def request(self, method: str, path: str, **headers: str) -> httpx.Response:
        return asyncio.run(self._request(method, path, headers))

    async def _request(self, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url=self._base_url) as client:
            return await client.request(method, path, headers=named)


@pytest.fixture
def client() -> Client:
    return Client(Starlette(routes=routes.build_routes()))


def unpack(content: bytes) -> tuple[dict, dict[tuple[int, str], np.ndarray]]:
    (length,) = struct.unpack_from("<I", content)
    header = json.loads(content[4 : 4 + length])
    arrays = {
        (entry["arm"], entry["name"]): np.frombuffer(
            content, np.float32, int(np.prod(entry["shape"])), 4 + length + entry["offset"]
        ).reshape(entry["shape"])
        for entry in header["arrays"]
    }
    return header, arrays


def metrics_url(run_id: str, **query: object) -> str:
    return f"/api/runs/{run_id}/metrics?" + "&".join(f"{k}={v}" for k, v in query.items())


def test_metrics_hold_the_status_and_every_arm(client: Client, finished_run: str) -> None:
    answer = client.get(metrics_url(finished_run, after=0, width=0))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    header, arrays = unpack(answer.content)
    assert (header["run"], header["phase"], header["step"]) == (finished_run, "finished", 12)
    assert [arm["label"] for arm in header["arms"]] == ["Residual", "Plain"]
    assert (header["phase_word"], header["phase_colour"]) == ("finished", "green")
    assert header["stopped"] == [None, None]
    assert tuple(header["scalars"]) == SCALARS
    for arm in (0, 1):
        np.testing.assert_array_equal(arrays[arm, "step"], np.arange(1, 13))
        assert np.isfinite(arrays[arm, "loss"]).all()
        assert arrays[arm, "layer_norms"].shape == (12, len(header["arms"][arm]["layers"]))


def test_who_draws_curves_alone_is_sent_no_layers(client: Client, finished_run: str) -> None:
    whole = client.get(metrics_url(finished_run, after=0, width=0))
    alone = client.get(metrics_url(finished_run, after=0, width=0, layers="no"))
    _, arrays = unpack(whole.content)
    header, curves = unpack(alone.content)
    assert [arm["layers"] for arm in header["arms"]] == [[], []]
    assert curves[0, "layer_norms"].shape == (12, 0)
    for name in (*SCALARS, "step"):
        np.testing.assert_array_equal(curves[1, name], arrays[1, name])
    assert len(alone.content) < len(whole.content)


def test_edits_are_marks_at_their_steps(client: Client, finished_run: str) -> None:
    url = metrics_url(finished_run, after=0, width=0)
    assert unpack(client.get(url).content)[0]["marks"] == []
    edit = Edit(
        number=1,
        step=5,
        arm="Residual",
        what="skip_strength",
        blocks="stage2",
        before=1.0,
        after=0.0,
    )
    append_to_log(run_dir(finished_run), edit)
    marks = unpack(client.get(url).content)[0]["marks"]
    assert marks == [{"step": 5, "text": "Residual: skips of stage 2 cut"}]


def test_metrics_after_a_bucket_hold_only_what_is_new(client: Client, finished_run: str) -> None:
    everything = client.get(metrics_url(finished_run, after=0, width=0))
    header, arrays = unpack(client.get(metrics_url(finished_run, after=10, width=1)).content)
    assert not header["reset"]
    np.testing.assert_array_equal(arrays[0, "step"], [11, 12])
    assert int(everything.headers["content-length"]) > 1000


@pytest.mark.parametrize(
    "run_id", ["nonsense", "..%2f..%2fetc", "20200101-000000-gone-0000", "%00", "a" * 300]
)
def test_metrics_of_an_unknown_run_are_not_found(client: Client, run_id: str) -> None:
    for path in (f"/api/runs/{run_id}/metrics", f"/api/runs/{run_id}/metrics.csv"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("query", ["after=-1", "after=x", "width=1e9", "width=" + "9" * 30])
def test_metrics_refuse_what_is_no_number(client: Client, finished_run: str, query) -> None:
    answer = client.get(f"/api/runs/{finished_run}/metrics?{query}")
    assert answer.status_code == 400
    assert "must be a whole number" in answer.text


def test_damaged_store_is_told_in_words(client: Client, finished_run: str) -> None:
    (run_dir(finished_run) / STORE_NAME).write_bytes(b"not a database" * 100)
    answer = client.get(metrics_url(finished_run, after=0, width=0))
    assert answer.status_code == 503
    assert "cannot be read" in answer.text


def test_diverged_evaluation_leaves_the_header_readable(client: Client, finished_run: str) -> None:
    writer = MetricsWriter(run_dir(finished_run))
    with writer.transaction():
        writer.add_evaluation(12, 1, "validation", loss=float("inf"), accuracy=0.1)
    writer.close()
    content = client.get(metrics_url(finished_run)).content
    (length,) = struct.unpack_from("<I", content)
    header = json.loads(content[4 : 4 + length], parse_constant=pytest.fail)
    diverged = {"arm": 1, "step": 12, "split": "validation", "loss": None, "accuracy": 0.1}
    assert diverged | {"seed": read_status(finished_run).seed} in header["evaluations"]


def test_store_without_tables_yet_is_an_empty_chart(client: Client, finished_run: str) -> None:
    for file in run_dir(finished_run).glob(f"{STORE_NAME}*"):
        file.unlink()
    (run_dir(finished_run) / STORE_NAME).touch()
    header, arrays = unpack(client.get(metrics_url(finished_run)).content)
    assert header["arms"] == []
    assert arrays == {}


def test_routes_only_read(client: Client, finished_run: str) -> None:
    for route in routes.build_routes():
        assert route.methods == {"GET", "HEAD"}
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.request(method, f"/api/runs/{finished_run}/metrics")
        assert answer.status_code == 405


def test_csv_has_every_step_layer_and_evaluation(client: Client, finished_run: str) -> None:
    answer = client.get(routes.csv_url(finished_run))
    assert answer.status_code == 200
    assert f'filename="{finished_run}.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(answer.text.splitlines()))
    batches = [row for row in rows if row["split"] == "batch"]
    assert len(batches) == 24
    assert {row["arm"] for row in rows} == {"Residual", "Plain"}
    assert {row["split"] for row in rows} >= {"batch", "validation"}
    layers = [name for name in rows[0] if name.startswith("log10 norm ")]
    header, arrays = unpack(client.get(metrics_url(finished_run)).content)
    assert len(layers) == len(header["arms"][0]["layers"])
    first = np.array([float(batches[0][name]) for name in layers])
    np.testing.assert_allclose(first, arrays[0, "layer_norms"][0], atol=1e-4)
    assert float(batches[0]["loss"]) == pytest.approx(float(arrays[0, "loss"][0]), rel=1e-5)


def test_comparison_of_a_run_is_a_table(client: Client, finished_run: str) -> None:
    answer = client.get(routes.comparison_url(finished_run))
    assert answer.status_code == 200
    assert f'filename="{finished_run}-comparison.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert [(row["first"], row["second"]) for row in rows] == [("Residual", "Plain")] * 2
    assert (rows[-1]["seed"], rows[-1]["test"]) == ("all", "exact McNemar")
    assert client.get(routes.comparison_url("20200101-000000-gone-0000")).status_code == 404


def test_csv_of_a_run_without_metrics_is_not_found(client: Client, finished_run: str) -> None:
    (run_dir(finished_run) / STORE_NAME).unlink()
    answer = client.get(routes.csv_url(finished_run))
    assert answer.status_code == 404
    assert "no metrics yet" in answer.text


def test_plotly_is_served_whole_and_for_ever(client: Client) -> None:
    plain = client.get(routes.plotly_url(), accept_encoding="identity")
    packed = client.get(routes.plotly_url(), accept_encoding="gzip")
    assert "immutable" in plain.headers["cache-control"]
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert plain.content.startswith(b"/**\n* plotly.js v")
    assert len(gzip.compress(plain.content, 1)) < len(plain.content) / 2


def test_server_answers_to_its_own_names_only() -> None:
    app = Client(streamlit_app.app, base_url="http://evil.example")
    assert app.get(routes.plotly_url()).status_code == 400


def test_every_answer_forbids_other_machines() -> None:
    app = Client(streamlit_app.app, base_url="http://127.0.0.1")
    policy = app.get("/api/runs/none/metrics").headers["content-security-policy"]
    assert "http" not in policy
    assert "default-src 'self'" in policy


@pytest.mark.parametrize(
    ("host", "sources"),
    [
        ("127.0.0.1:8501", "'self' data: blob: ws://127.0.0.1:8501 wss://127.0.0.1:8501"),
        ("LAB.example", "'self' data: blob: ws://lab.example wss://lab.example"),
        ("a; script-src *", "'self' data: blob:"),
        ("evil.example wss:", "'self' data: blob:"),
    ],
)
def test_policy_lets_websockets_to_the_asked_address_alone(host: str, sources: str) -> None:
    app = SecurityHeaders(Starlette(routes=routes.build_routes()))
    policy = Client(app).get("/api/runs/none/metrics", host=host).headers["content-security-policy"]
    assert policy.endswith(f"; connect-src {sources}")
