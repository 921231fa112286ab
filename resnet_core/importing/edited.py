"""What was done to a net of this lab, as its weights say when they come without their card."""

from resnet_core.config import Intervention, ModelConfig, check_intervention
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.importing.checker import CheckedFile
from resnet_core.importing.origins import OWN
from resnet_core.pictures.names import plain_name


def own_interventions(
    checked: CheckedFile, model: ModelConfig, file_name: str
) -> tuple[Intervention, ...]:
    """Gives what was done to a net since it was built; nothing for the weights of others.

    Args:
        checked: the file, as it was examined.
        model: the net that it fits.
        file_name: what the person calls the file; refusals begin with it.

    Raises:
        CheckpointError: when the net cannot have had it done: a guess would be another net.
    """
    if checked.family != OWN:
        return ()
    shown, said = plain_name(file_name), checked.described
    advice = "bring the file as the lab wrote it."
    for field, why in said.problems:
        if field == "interventions":
            raise CheckpointError(f"'{shown}' states {why}: {advice}")
    for each in said.interventions:
        try:
            check_intervention(model, each)
        except ConfigError as exc:
            raise CheckpointError(
                f"'{shown}' states an intervention that its net cannot have had: {advice}"
            ) from exc
    return said.interventions
