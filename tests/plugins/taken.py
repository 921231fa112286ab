"""A plugin whose net has a name that is taken."""

from resnet_core.config import ModelConfig
from resnet_core.models import register_net

register_net(ModelConfig(name="resnet20"))
