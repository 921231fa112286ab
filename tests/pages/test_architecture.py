"""The Architecture page: nets picked, changed, compared, shared, sent to Train."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.architecture.diagram import maps_address
from pages.ui.shell.notices import plain
from pages.ui.shell.session import _KEY
from resnet_core.checkpoints import list_checkpoints
from resnet_core.config import config_to_json
from resnet_core.models import model_config
from resnet_core.models.sharing import net_from_link
from tests.pages.components import components, shown_figure

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "architecture.py")


def opened(**parameters: str) -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=240)
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


def totals_of(page: AppTest) -> dict[str, str]:
    """What each net costs, by its title."""
    lines = page.caption[1].value.replace("\\", "").split("  \n")
    return dict(line.removeprefix("**").split("**: ", 1) for line in lines)


def parameters_of(page: AppTest) -> list[int]:
    return [int(said.split()[0].replace(",", "")) for said in totals_of(page).values()]


def test_page_shows_a_net_before_any_click():
    page = opened()
    assert parameters_of(page) == [269_722]
    assert "3x3 conv 16" in diagram_texts(page)
    assert not page.query_params, "what opens a page writes no entry of its history"


def test_layers_stand_in_a_table():
    layers = at_tab(opened(), "Layers").dataframe[0].value
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
    assert "8 layers deep" in next(iter(totals_of(page).values()))


def test_two_nets_are_told_apart_in_a_sentence():
    page = opened()
    widget(page, "toggle", "Compare two nets").set_value(True).run()
    assert "9 fewer additions" in page.info[0].value
    assert page.query_params["net_b"] == "plain20"
    assert parameters_of(page) == [269_722, 269_722]


def test_back_brings_the_nets_of_before_and_leads_away():
    page = opened()
    widget(page, "selectbox", "Normalisation").select("none").run()
    widget(page, "toggle", "Compare two nets").set_value(True).run()
    assert page.query_params["net_b"] == "plain20"
    del page.query_params["net_b"]  # Back
    page.run()
    assert list(totals_of(page)) == ["ResNet-20, normalisation none"]
    assert "net_b" not in page.query_params
    page.query_params.clear()  # Back again, to what opened the page
    page.run()
    assert list(totals_of(page)) == ["ResNet-20"]
    assert not page.query_params, "so that the next one leaves it"
    page.query_params["net"] = "resnet56"  # Forward, or another link
    page.run()
    assert list(totals_of(page)) == ["ResNet-56"]


def test_a_tab_is_in_the_address():
    page = opened(net="resnet56", net_tab="layers")
    assert len(page.dataframe[0].value) > 200
    assert page.session_state["net_tab"] == "Layers"


def test_link_opens_the_nets_that_it_names():
    page = opened(net="resnet56", changes='{"norm":"none"}', net_b="resnet26")
    assert list(totals_of(page)) == ["ResNet-56, normalisation none", "ResNet-26"]
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
    widget(page, "number_input", "Picture, px a side").set_value(128).run()
    assert not page.warning


def test_files_are_called_after_their_net():
    page = opened(net="resnet20", changes='{"skip_strength": 0.5}')
    (diagram,) = [
        json.loads(e.proto.json)
        for e in page.get("bidi_component")
        if e.proto.id.endswith("-diagram_a")
    ]
    assert diagram["name"] == "diagram-resnet-20-skip-strength-0.5"


def test_net_travels_as_a_file():
    config = model_config("resnet20", name="mine", stage_blocks=(1, 1, 1))
    page = at_tab(opened(), "Link and file")
    upload = next(found for found in page.get("file_uploader") if "Net A" in found.label)  # pyright: ignore[reportAttributeAccessIssue] - a Block in the stubs
    upload.upload("net.json", config_to_json(config).encode(), "application/json").run()  # pyright: ignore[reportAttributeAccessIssue] - a Block in the stubs
    assert list(totals_of(page)) == ["mine, blocks in each stage 1-1-1"]
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
    assert "76 layers deep" in next(iter(totals_of(page).values()))


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
    widget(page, "number_input", "Picture, px a side").set_value(16).run()
    assert "at least 29 px" in page.error[0].value


def test_formula_stands_beside_the_code_of_the_chosen_block():
    page = at_tab(opened(net="resnet20"), "Formula and code")
    assert r"\sigma(\mathcal{B}(x) + x)" in page.latex[1].value
    widget(page, "selectbox", "Block of net A").select("stage2.0").run()
    assert r"\mathrm{pad}\,x" in page.latex[1].value
    code = next(found.value for found in page.code if found.language == "python")
    assert code.startswith("# resnet_core.models.blocks\nclass Block(")


def test_gradient_flow_of_this_opens_with_the_net_in_the_address():
    page = AppTest.from_file(str(Path(PAGE).with_name("navigation.py")), default_timeout=240).run()
    page.switch_page("architecture.py")
    page.query_params["net"] = "resnet8"
    page.run()
    widget(page, "button", "Gradient flow of this").click().run()
    assert page.title[0].value == "Gradient flow"
    assert page.query_params["net"] == "resnet8"


def test_train_this_carries_the_net():
    page = AppTest.from_file(str(Path(PAGE).with_name("navigation.py")), default_timeout=240).run()
    page.switch_page("architecture.py")
    page.query_params["net"], page.query_params["changes"] = "resnet20", '{"norm":"none"}'
    page.run()
    widget(page, "button", "Train this").click().run()
    assert page.title[0].value == "Train"
    link = {name: page.query_params[name] for name in page.query_params}
    assert net_from_link(link) == model_config("resnet20", norm="none")
    table = page.table[0].value
    named = ["ResNet-20, normalisation none", "ResNet-20, normalisation none, plain twin"]
    assert table.iloc[:, 0].to_list() == [plain(name) for name in named]


def pressed(page: AppTest, path: str, letter: str = "a") -> AppTest:
    """Presses a box of a diagram."""
    state = page.session_state[_KEY]
    state.choices[f"architecture_pressed_{letter}"] = (state.nets[letter].start, path)
    return page.run()


def test_pressed_block_offers_its_maps():
    page = pressed(opened(), "stage2.1.conv1")
    ways = [caption.value for caption in page.caption][-3:-1]
    assert ways == ["See the maps of stage2.1", "Take stage2.1 apart"]
    changed = pressed(opened(net="resnet20", changes='{"norm":"none"}'), "stem.conv1")
    assert "has maps once it is trained" in changed.caption[-2].value


def test_a_block_that_was_pressed_is_forgotten_with_its_net():
    page = pressed(opened(net="resnet110"), "stage2.17.conv1")
    assert any("stage2.17" in caption.value for caption in page.caption)
    page.query_params["net"] = "resnet20"
    page.run()
    assert not any("stage2.17" in caption.value for caption in page.caption)


def test_maps_are_those_of_a_shipped_net_or_of_one_that_never_trained():
    shipped = list_checkpoints()[0]
    assert maps_address(shipped.model, "stage3.0.add") == {
        "probed_net": f"kept/{shipped.name}",
        "maps_layer": "stage3.0",
    }
    assert maps_address(model_config("resnet110"), "stem.conv1") == {
        "probed_net": "untrained",
        "probed_architecture": "resnet110",
    }
    assert maps_address(model_config("resnet20", name="mine", norm="none"), "stage1.0.add") == {}


def test_what_differs_is_said_above_each_of_two_diagrams():
    page = opened(net="resnet20", net_b="plain20")
    said = [text.value.replace("\\", "") for text in page.markdown]
    # Nine additions, and the two shortcuts that do more than hand on.
    assert "**ResNet-20**: 11 operations the other lacks" in said
    assert "**Plain-20**: the other net has all of it" in said
