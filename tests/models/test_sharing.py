import pytest

from resnet_core.errors import ConfigError, UnknownNetError
from resnet_core.models import list_models, model_config
from resnet_core.models.sharing import net_from_link, net_title, net_to_link, read_stages

OWN = model_config("resnet50", norm="none", stage_blocks=(1, 2), stage_widths=(8, 16))


@pytest.mark.parametrize("name", list_models())
def test_registered_net_is_its_name_alone(name):
    link = net_to_link(model_config(name))
    assert link == {"net": name}
    assert net_from_link(link) == model_config(name)


def test_net_of_another_known_depth_is_its_name_alone():
    assert net_to_link(model_config("resnet26")) == {"net": "resnet26"}


def test_changed_net_survives_its_link():
    link = net_to_link(OWN)
    assert link["net"] == "resnet50"
    assert net_from_link(link) == OWN


def test_net_of_ones_own_name_survives_its_link():
    config = model_config("resnet20", name="<b>mine</b> & yours")
    link = net_to_link(config)
    assert link["net"] == list_models()[0]
    assert net_from_link(link) == config
    assert net_from_link(net_to_link(OWN, base="resnet26")) == OWN


@pytest.mark.parametrize(
    ("link", "error", "message"),
    [
        ({"net": "resnet21"}, UnknownNetError, "resnet20 and resnet26"),
        ({"net": "resnet20", "changes": "{"}, ConfigError, "not valid JSON"),
        ({"net": "resnet20", "changes": "[" * 3000}, ConfigError, "not valid JSON"),
        ({"net": "resnet20", "changes": "[1]"}, ConfigError, "settings among"),
        ({"net": "resnet20", "changes": '{"widht":3}'}, ConfigError, "settings among"),
        ({"net": "resnet20", "changes": '{"norm":"lots"}'}, ConfigError, "norm"),
        ({"net": "resnet20", "changes": '{"stem_width":"x"}'}, ConfigError, "stem_width"),
        ({"net": "resnet20", "changes": " " * 5000}, ConfigError, "4,000 are allowed"),
    ],
)
def test_link_that_cannot_be_is_refused(link, error, message):
    with pytest.raises(error, match=message):
        net_from_link(link)


@pytest.mark.parametrize("text", ["3, 4, 6, 3", "3 4 6 3", " 3,4,6,3 ", "3,,4, 6 3"])
def test_numbers_are_read_as_people_write_them(text):
    assert read_stages(text) == (3, 4, 6, 3)


@pytest.mark.parametrize("text", ["", "x", "3, -1", "1.5", "²", "1 " * 9, "9" * 10])
def test_numbers_that_are_none_are_refused(text):
    with pytest.raises(ConfigError, match="whole numbers"):
        read_stages(text)


def test_title_says_what_was_changed():
    assert net_title(model_config("resnet20"), "resnet20") == "ResNet-20"
    config = model_config("resnet20", norm="none", stage_blocks=(2, 2, 2), zero_gamma=True)
    title = net_title(config, "resnet20")
    assert title == (
        "ResNet-20, blocks in each stage 2-2-2, normalisation none, branches start at zero on"
    )
