"""What a fork will do, in words, before it is begun."""

from resnet_core.runs.fork_plan import ForkPlan
from resnet_core.runs.queue import turn_sentence


def fork_sentence(plan: ForkPlan) -> str:
    """Says all that a person should know before a fork begins."""
    return " ".join(
        filter(None, (_damage_words(plan), replay_sentence(plan), place_sentence(plan)))
    )


def replay_sentence(plan: ForkPlan) -> str:
    """Says from where a fork begins, how many steps it replays, and how long that takes."""
    if not plan.replay_steps:
        return f"The fork begins at step {plan.step:,} at once."
    begin = f"with the state of step {plan.kept_step:,}" if plan.state else "with the first weights"
    steps = "step" if plan.replay_steps == 1 else "steps"
    return (
        f"The fork begins {begin} and replays {plan.replay_steps:,} {steps}, which took the run "
        f"{time_words(plan.replay_s)}."
    )


def place_sentence(plan: ForkPlan) -> str:
    """Says what happens to a parent that has the device, or whom the fork waits for, if anybody."""
    if plan.takes_place:
        return (
            "The run has the device: it saves, pauses and gives up its turn, and goes on when "
            "asked to, or when the fork ends."
        )
    return f"The fork waits: {turn_sentence(plan.num_ahead)}" if plan.num_ahead else ""


def origin_sentence(step: int, parent: str | None) -> str:
    """Says where a fork comes from, given its parent's name, or `None` for one that is gone."""
    return f"from step {step:,} of {parent or 'a run that was deleted'}"


def stand_aside_sentence(child: str) -> str:
    """Says why a run pauses that stands aside for its fork."""
    return f"Its fork {child} has the device; it goes on when that ends, or when asked to."


def left_out_sentence(step: int) -> str:
    """Says why an arm does not train in a fork of another one."""
    return f"Left out of this fork, it stays as it was at step {step:,}."


def time_words(seconds: float) -> str:
    """Says how long something takes, no finer than a person cares."""
    if seconds < 1:
        return "less than a second"
    minutes = seconds / 60
    return f"about {seconds:.0f} s" if minutes < 2 else f"about {minutes:,.0f} minutes"


def _damage_words(plan: ForkPlan) -> str:
    if not plan.damaged_steps:
        return ""
    steps = " and ".join(f"{step:,}" for step in plan.damaged_steps)
    is_one = len(plan.damaged_steps) == 1
    return f"The kept {'state' if is_one else 'states'} of step {steps} cannot be used."
