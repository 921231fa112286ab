"""Batches of one picture: refused exactly where torch would fail on the first step."""

import pytest
import torch

from resnet_core.errors import ConfigError
from resnet_core.models import build_model, model_config
from resnet_core.models.lonely_pictures import refuse_lonely_pictures


@pytest.mark.parametrize("size_px", [8, 32, 64])
@pytest.mark.parametrize("name", ["resnet18", "resnet8", "plain8"])
def test_a_batch_of_one_is_refused_exactly_where_torch_fails(name, size_px):
    config = model_config(name)
    model = build_model(config, seed=0).train()
    try:
        with torch.no_grad():
            model(torch.zeros(1, 3, size_px, size_px))
    except ValueError:
        with pytest.raises(ConfigError, match=r"last maps are 1 x 1 on .* at least 2 pictures"):
            refuse_lonely_pictures(config, name, image_size_px=size_px, batch_size=1)
    else:
        refuse_lonely_pictures(config, name, image_size_px=size_px, batch_size=1)
    refuse_lonely_pictures(config, name, image_size_px=size_px, batch_size=2)
