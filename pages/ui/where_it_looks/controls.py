"""What a person asks on the Where it looks page."""

from dataclasses import dataclass
from typing import cast

import streamlit as st

from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.address import (
    choice_in_address,
    number_in_address,
    several_in_address,
    switch_in_address,
    word_of,
)
from pages.ui.shell.notices import plain
from resnet_core.asking.layers_to_ask import (
    AnyNet,
    find_layer_to_ask,
    layer_in_its_place,
    layers_to_ask,
)
from resnet_core.asking.picked import PickedPicture
from resnet_core.explain import (
    MethodSettings,
    Target,
    list_methods,
)
from resnet_core.figures.colour_maps import COLOUR_MAPS, DIVERGING, ColourMap
from resnet_core.figures.map_forms import FORMS, Form
from resnet_core.figures.map_pictures import MapStyle

_FIRST_METHODS = ("grad-cam", "layer-cam", "guided-grad-cam", "integrated-gradients")
_FORM_TITLES: dict[Form, str] = {
    "overlay": "Overlay",
    "map": "Map alone",
    "contours": "Contours",
    "picture": "Picture alone",
}
_TARGETS = ("the predicted class", "a class", "one class against another")
_OPACITIES = (10, 100)
_MAX_LAYERS = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class ExplanationRequest:
    """A whole question: nets, picture, and what is asked of them."""

    nets: tuple[AnyNet, ...]
    picture: PickedPicture
    layers: tuple[str, ...]
    """Paths of the layers, at least one."""
    methods: tuple[str, ...]
    """Names of the methods, at least one."""
    class_name: str | None
    """The class that is explained; `None` for the one that each net predicts."""
    against: str | None
    """The class that it is set against."""
    settings: MethodSettings

    def layer(self, net: AnyNet, path: str | None = None) -> str:
        """The first layer, or `path`, in a net, or what stands in its place in a shallower one."""
        path = path or self.layers[0]
        return layer_in_its_place(net, path)

    def target(self, net: AnyNet) -> Target:
        """The target in the numbers of a net, whose classes may have another order.

        A net that does not know the classes is asked about the one that it predicts.
        """
        asked = {self.class_name, self.against} - {None}
        if not asked <= set(net.card.class_names):
            return Target()
        return Target(class_index=_number(net, self.class_name), against=_number(net, self.against))


def request_explanation(
    nets: tuple[AnyNet, ...], picture: PickedPicture
) -> ExplanationRequest | None:
    """Lets a person choose class, layers and methods; `None` while something is missing."""
    class_name, against = _ask_class(nets)
    with st.expander("Methods and layers", icon=":material/tune:"):
        methods, settings = _ask_methods()
        layers = _ask_layers(nets[0])
        _say_what_layers_show(nets[0], layers)
    _warn_of_flat_layers(nets[0], layers)
    if not layers or not methods:
        st.info("Choose at least one layer and one method.")
        return None
    return ExplanationRequest(
        nets=nets,
        picture=picture,
        layers=tuple(layers),
        methods=tuple(methods),
        class_name=class_name,
        against=against,
        settings=settings,
    )


def ask_style() -> MapStyle:
    """Lets a person choose how maps are drawn."""
    colour_maps = tuple(name for name in COLOUR_MAPS if name != DIVERGING)
    with st.expander("How maps are drawn", icon=":material/palette:"):
        form = choose_view(
            "Drawn as", FORMS, key="look_form", title=_FORM_TITLES.__getitem__, is_labelled=True
        )
        colours = st.selectbox(
            "Colours",
            colour_maps,
            help="Maps with negative values are red (for) and blue (against), whatever is chosen.",
            **choice_in_address("look_colours", colour_maps, colour_maps[2]),
        )
        opacity = st.slider(
            "Opacity, %",
            *_OPACITIES,
            step=5,
            disabled=form != "overlay",
            **number_in_address("look_opacity", 70, *_OPACITIES),
        )
    return MapStyle(form=form, colour_map=cast(ColourMap, colours), opacity=opacity / 100)


def _ask_layers(net: AnyNet) -> list[str]:
    place = st.container()  # the switch stands below the list that it changes
    every = st.toggle("Every operation inside blocks", **switch_in_address("look_every"))
    labels = {
        layer.path: layer.label for layer in reversed(layers_to_ask(net, every_operation=every))
    }
    key = word_of(f"look_layers_{net.card.model.name}_{net.card.image_size_px}_blocks")
    former = f"{key.removesuffix('blocks')}operations"  # which links of former days give apart
    key = former if every and former in st.query_params else key
    first = (net.first_path(),)
    chosen = several_in_address(key, tuple(labels), first, most=_MAX_LAYERS)
    return place.multiselect(
        "Layers, the deepest first",
        list(labels),
        format_func=labels.__getitem__,
        max_selections=_MAX_LAYERS,
        wrap=True,
        **chosen,
    )


def _ask_methods() -> tuple[list[str], MethodSettings]:
    titles = {method.name: method.title for method in list_methods()}
    chosen = several_in_address(
        "look_methods", tuple(titles), _FIRST_METHODS, called=word_of_method
    )
    methods = st.multiselect(
        "Methods", list(titles), format_func=titles.__getitem__, wrap=True, **chosen
    )
    with st.popover("What they do", icon=":material/menu_book:"):
        for method in list_methods():
            title, idea = plain(method.title), plain(method.idea)
            st.markdown(f"**{title}**: {idea} :small[{plain(method.paper)}]")
    with st.popover("Precision", icon=":material/tune:"):
        settings = _ask_settings()
    return methods, settings


def word_of_method(name: str) -> str:
    """Names a method in the address, where Grad-CAM and Grad-CAM++ must stay two."""
    return word_of(name.replace("+", "-plus"))


def _ask_class(nets: tuple[AnyNet, ...]) -> tuple[str | None, str | None]:
    """Asks among the classes that all nets know."""
    known = [set(net.card.class_names) for net in nets]
    names = [name for name in nets[0].card.class_names if all(name in some for some in known)]
    if len(names) < 2:
        st.caption("These nets share no two classes: each is asked about the one that it predicts.")
        return None, None
    what = st.selectbox(
        "Evidence for", _TARGETS, **choice_in_address("look_target", _TARGETS, _TARGETS[0])
    )
    if what == _TARGETS[0]:
        return None, None
    first = st.selectbox("Class", names, **choice_in_address("look_class", names, names[0]))
    if what == _TARGETS[1]:
        return first, None
    others = [name for name in names if name != first]
    second = st.selectbox("Against", others, **choice_in_address("look_against", others, others[0]))
    return first, second


def _ask_settings() -> MethodSettings:
    steps = _slider("Integrated gradients: points on the path", (8, 128, 32, 8), "look_steps")
    samples = _slider(
        "SmoothGrad: noisy copies in each of two draws, at most",
        (16, 1024, 512, 16),
        "look_samples",
    )
    patch = _slider(
        "Occlusion: side of the square, % of the picture", (10, 50, 25, 5), "look_patch"
    )
    return MethodSettings(
        num_steps=steps,
        most_samples=samples,
        patch_share=patch / 100,
        stride_share=patch / 400,
    )


def _slider(label: str, numbers: tuple[int, int, int, int], key: str) -> int:
    low, high, first, step = numbers
    return st.slider(label, low, high, step=step, **number_in_address(key, first, low, high))


def _say_what_layers_show(net: AnyNet, layers: list[str]) -> None:
    """Says it of each chosen layer with places; and of the deepest where that has none."""
    found = [find_layer_to_ask(net, path) for path in layers]
    deepest = layers_to_ask(net)[-1]
    told = [layer for layer in found if not layer.is_flat]
    if deepest.is_flat and deepest.path not in layers:
        told.append(deepest)
    st.caption(plain(" ".join(net.describe_path(layer.path) for layer in told)))


def _warn_of_flat_layers(net: AnyNet, layers: list[str]) -> None:
    for path in layers:
        if find_layer_to_ask(net, path).is_flat:
            st.warning(plain(net.describe_path(path)), icon=":material/crop_square:")


def _number(net: AnyNet, class_name: str | None) -> int | None:
    return None if class_name is None else net.card.class_names.index(class_name)
