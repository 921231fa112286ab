"""How nets get into `checkpoints/`: measured, halved, named; one, or everything that is planned."""

from resnet_core.shipping.arm import ship_arm
from resnet_core.shipping.demo import ship_demo
from resnet_core.shipping.plan import PLAN, PlannedRun, Site, choose_runs
from resnet_core.shipping.reproduce import RunOutcome, reproduce_plan
from resnet_core.shipping.steps import ship_steps

__all__ = [
    "PLAN",
    "PlannedRun",
    "RunOutcome",
    "Site",
    "choose_runs",
    "reproduce_plan",
    "ship_arm",
    "ship_demo",
    "ship_steps",
]
