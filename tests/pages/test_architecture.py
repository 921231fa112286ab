"""The Architecture page: nets picked, changed, compared, shared, sent to Train."""

import json
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from resnet_core.config import config_to_json
from resnet_core.models import model_config
from tests.pages.components import components, shown_figure

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "architecture.py")


def opened(**parameters: str) -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=120)
    for name, value in parameters.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def at_tab(page: AppTest, name: str) -> AppTest:
    """Opens a tab, whose content is computed only then."""
    page.session_state["net_tab"] = name
    return page.run()


def widget(page: AppTest, kind: str, label: str):
    return next(found for found in getattr(page, kind) if found.label == label)


def diagram_texts(page: AppTest, letter: str = "a") -> list[str]:
    figure = shown_figure(page, f"diagram_{letter}")
    assert figure is not None
    return figure["data"][2]["text"]


def parameters_of(page: AppTest) -> list[int]:
    return list(page.dataframe[0].value["Parameters"])


def test_page_shows_a_net_before_any_click():
    page = opened()
    assert parameters_of(page) == [269_722]
    assert "3x3 conv 16" in diagram_texts(page)
    assert page.query_params == {"net": "resnet20"}


def test_layers_stand_in_a_table():
    layers = at_tab(opened(), "Layers").dataframe[1].value
    assert len(layers) == 77
    assert int(layers["Parameters"].to_numpy().sum()) == 269_722


def test_net_can_be_compared_with_itself():
    page = opened(net="resnet20", net_b="resnet20")
    assert page.info[0].value == "The two nets are the same\\."
    assert len(components(page, "diagram_")) == 2
    assert diagram_texts(page, "a") == diagram_texts(page, "b")
    for tab in ("Layers", "Map sizes", "Formula and code", "Speed here", "Link and file"):
        assert not at_tab(page, tab).exception


def test_changed_setting_moves_counts_diagram_and_link():
    page = opened()
    widget(page, "selectbox", "Normalisation").select("none").run()
    # Nineteen norms of 2 C numbers go, and as many convolutions get a bias of C.
    assert parameters_of(page) == [269_722 - 7 * 16 - 6 * 32 - 6 * 64]
    texts = diagram_texts(page)
    assert "3x3 conv 16" in texts and "batch norm" not in texts
    assert page.query_params["changes"] == '{"norm":"none"}'
    widget(page, "text_input", "Blocks in each stage").input("1, 1, 1").run()
    assert list(page.dataframe[0].value["Depth"]) == [8]


def test_two_nets_are_told_apart_in_a_sentence():
    page = opened()
    widget(page, "toggle", "Compare two nets").set_value(True).run()
    assert "9 fewer additions" in page.info[0].value
    assert page.query_params["net_b"] == "plain20"
    assert parameters_of(page) == [269_722, 269_722]


def test_link_opens_the_nets_that_it_names():
    page = opened(net="resnet56", changes='{"norm":"none"}', net_b="resnet26")
    titles = list(page.dataframe[0].value["Net"])
    assert titles == ["resnet56, normalisation none", "resnet26"]
    assert widget(page, "selectbox", "Normalisation").value == "none"


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"net": "resnet21"}, "resnet20 and resnet26"),
        ({"net": "resnet20", "changes": '{"norm":"lots"}'}, "Input should be"),
    ],
)
def test_broken_link_is_told_and_the_page_still_works(parameters, sentence):
    page = opened(**parameters)
    assert sentence in page.error[0].value
    assert parameters_of(page) == [269_722]


def test_setting_that_cannot_be_is_told():
    page = opened()
    widget(page, "text_input", "Width of each stage").input("64, 32, 16").run()
    assert "Shortcut A can only add channels" in page.error[0].value
    widget(page, "selectbox", "Net A").select("resnet18").run()
    assert not page.error
    assert parameters_of(page) == [11_181_642]


def test_collapsed_maps_are_warned_of():
    page = at_tab(opened(net="resnet18"), "Map sizes")
    assert "From stage4 on the maps are 1x1" in page.warning[0].value
    figure = shown_figure(page, "resolution")
    assert figure is not None and figure["data"][0]["text"][-1] == "1"
    widget(page, "number_input", "Side of the picture, px").set_value(128).run()
    assert not page.warning


def test_net_travels_as_a_file():
    config = model_config("resnet20", name="mine", stage_blocks=(1, 1, 1))
    page = at_tab(opened(), "Link and file")
    upload = next(found for found in page.get("file_uploader") if "Net A" in found.label)  # pyright: ignore[reportAttributeAccessIssue] - a Block in the stubs
    upload.upload("net.json", config_to_json(config).encode(), "application/json").run()  # pyright: ignore[reportAttributeAccessIssue] - a Block in the stubs
    assert list(page.dataframe[0].value["Net"]) == ["mine, blocks in each stage 1-1-1"]
    upload = next(found for found in page.get("file_uploader") if "Net A" in found.label)  # pyright: ignore[reportAttributeAccessIssue] - a Block in the stubs
    upload.upload("other.json", b'{"name": 3}', "application/json").run()  # pyright: ignore[reportAttributeAccessIssue] - a Block in the stubs
    assert "should be a valid string" in page.error[0].value


def test_name_from_a_link_is_text_and_never_markup():
    page = opened(net="resnet20", changes='{"name":"![x](http://example.com/x.png)"}')
    assert not any("![x](" in text.value for text in page.markdown)


def test_dense_net_has_the_settings_of_dense_nets_alone():
    page = opened(net="densenet40_12")
    assert parameters_of(page) == [1_019_722]
    labels = {found.label for kind in ("selectbox", "slider") for found in getattr(page, kind)}
    assert "Compression" in labels
    assert not labels & {"Activation order", "Skip strength"}
    widget(page, "text_input", "Width of each stage").input("4, 4, 4").run()
    widget(page, "slider", "Compression").set_value(0.5).run()
    assert page.query_params["changes"] == '{"stage_widths":[4,4,4],"compression":0.5}'
    widget(page, "selectbox", "Block").select("dense_bottleneck").run()
    assert not page.error
    assert list(page.dataframe[0].value["Depth"]) == [76]


def test_residual_net_turns_dense_and_back():
    page = opened(net="resnet20")
    widget(page, "selectbox", "Block").select("dense").run()
    assert not page.error
    assert json.loads(page.query_params["changes"]) == {
        "block": "dense",
        "activation_order": "pre",
    }
    widget(page, "selectbox", "Block").select("basic").run()
    assert parameters_of(page) == [269_722]
    assert "changes" not in page.query_params


def test_picture_too_small_for_a_dense_net_names_the_smallest():
    page = opened(net="densenet121")
    widget(page, "number_input", "Side of the picture, px").set_value(16).run()
    assert "at least 29 px" in page.error[0].value


def test_formula_stands_beside_the_code_of_the_chosen_block():
    page = at_tab(opened(net="resnet20"), "Formula and code")
    assert r"\sigma(\mathcal{B}(x) + x)" in page.latex[1].value
    widget(page, "selectbox", "Block of net A").select("stage2.0").run()
    assert r"\mathrm{pad}\,x" in page.latex[1].value
    code = next(found.value for found in page.code if found.language == "python")
    assert code.startswith("# resnet_core.models.blocks\nclass Block(")


def test_speed_is_measured_when_asked_and_shown():
    page = at_tab(opened(net="resnet8"), "Speed here")
    assert shown_figure(page, "speed") is None
    widget(page, "button", "Measure the speed here").click().run()
    deadline = time.monotonic() + 240
    while (figure := shown_figure(page, "speed")) is None:
        assert time.monotonic() < deadline
        time.sleep(0.5)
        page.run()
    assert figure["layout"]["yaxis"]["title"]["text"] == "Pictures per second"
    assert [trace["name"] for trace in figure["data"]] == ["Net A, forward", "Net A, training"]
    assert "Training step, ms" in page.dataframe[-1].value
    assert [button.label for button in page.button][-1] == "Measure again"


def test_gradient_flow_of_this_opens_with_the_net_in_the_address():
    page = AppTest.from_file(str(Path(PAGE).with_name("navigation.py")), default_timeout=120).run()
    page.switch_page("architecture.py")
    page.query_params["net"] = "resnet8"
    page.run()
    widget(page, "button", "Gradient flow of this").click().run()
    assert page.title[0].value == "Gradient flow"
    assert page.query_params["net"] == "resnet8"


def test_train_this_carries_the_net():
    page = opened(net="resnet20", changes='{"norm":"none"}')
    widget(page, "button", "Train this").click().run()
    (arm,) = page.session_state["lab"].sent_nets
    assert arm.label == "resnet20, normalisation none"
    assert arm.model == model_config("resnet20", norm="none")
