"""The one host of figures: what it sends to the browser, and that no page goes past it."""

import ast
import json
from pathlib import Path

import plotly.graph_objects as go
from streamlit.testing.v1 import AppTest

from pages.ui.kit import plot
from pages.ui.shell.routes import plotly_url
from tests.pages.components import components, shown_figure

_PAGES = Path(__file__).resolve().parents[2] / "pages"


def _script() -> None:
    import plotly.graph_objects as go

    from pages.ui.kit.plot import measured_figure, same_view, show_figure
    from pages.ui.shell.shared import drawn

    def draw() -> go.Figure:
        return same_view(go.Figure(go.Bar(x=["</script>"], y=[float("nan")])), "first")

    show_figure(drawn(("test plot",), draw), key="test_plot", alt="One bar", zooms=True)
    measured_figure(
        go.Figure(), key="test_measured", caption="Measured *twice*", numbers=lambda: "a\n1\n"
    )


def test_pages_show_figures_through_their_own_host_alone():
    files = sorted(_PAGES.rglob("*.py"))
    assert len(files) > 50
    assert [path for path in files if "plotly_chart" in path.read_text()] == []


def test_scripts_define_the_library_s_loader_once():
    scripts = [path.read_text() for path in _PAGES.rglob("*.js")]
    for name in ("loadPlotly", "readLook"):
        assert sum(f"function {name}(" in script for script in scripts) == 1, name


def test_shown_figure_is_what_was_drawn_without_plotly_s_own_colours():
    at = AppTest.from_function(_script).run()
    assert not at.exception
    assert shown_figure(at, "test_plot") == {
        "data": [{"type": "bar", "x": ["</script>"], "y": [None]}],
        "layout": {"uirevision": "('first',)"},
    }
    (sent,) = [e.proto for e in at.get("bidi_component") if e.proto.id.endswith("-test_plot")]
    data = json.loads(sent.json)
    assert (data["name"], data["alt"], data["zooms"]) == ("test-plot", "One bar", True)
    assert data["plotly"] == plotly_url()
    assert data["twin"] == ""
    assert data["made_by"].startswith("ResNet Lab ")


def test_measured_figure_has_its_words_and_numbers():
    at = AppTest.from_function(_script).run()
    assert len(components(at, "test_measured")) == 1
    assert at.caption[0].value == "Measured \\*twice\\*"
    assert [button.proto.label for button in at.get("download_button")] == ["CSV"]


def test_saved_figure_says_how_it_was_measured_once():
    at = AppTest.from_function(_script).run()
    (sent,) = [e.proto for e in at.get("bidi_component") if e.proto.id.endswith("-test_measured")]
    data = json.loads(sent.json)
    assert (data["alt"], data["note"]) == ("Measured *twice*", "")


def test_every_picture_says_what_it_is():
    calls = [
        (path.name, node)
        for path in _PAGES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "image"
    ]
    assert len(calls) > 5
    assert [name for name, call in calls if "alt" not in [k.arg for k in call.keywords]] == []


def test_shared_figure_is_written_once_for_all_sessions(monkeypatch):
    written = []
    to_json = go.Figure.to_json
    monkeypatch.setattr(
        go.Figure,
        "to_json",
        lambda figure, **options: written.append(len(figure.data)) or to_json(figure, **options),
    )
    monkeypatch.setattr(plot, "_written", plot.SharedCache(4))
    sessions = [AppTest.from_function(_script) for _ in range(2)]
    for at in sessions * 2:
        at.run()
    assert written.count(1) == 1, "the shared one, of one trace"
    assert shown_figure(sessions[0], "test_plot") == shown_figure(sessions[1], "test_plot")
