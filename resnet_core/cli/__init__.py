"""The command line: one module for each group of commands, all registered here.

Commands print text for people, or JSON with `--json`.  They exit with 0 when all went well, with 1
and one sentence when it did not, and with 2 when the command itself was mistyped.  Modules load
torch inside the commands that need it, so that the others answer at once.
"""

import typer

from resnet_core.cli import (
    apart,
    bringing,
    data,
    edits,
    explain,
    feature_maps,
    finetuning,
    forks,
    gradients,
    inference,
    landscapes,
    lesions,
    models,
    report,
    serving,
    settings,
    shipping,
    stored,
    training,
)

app = typer.Typer(
    help="ResNet Lab: train residual and plain nets side by side, and look inside them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command("app", context_settings=serving.AS_STREAMLIT_TAKES)(serving.open_app)
app.command("models")(models.models)
app.command("model")(models.model)
app.command("settings")(settings.settings)
app.command("data")(data.data)
app.command("train")(training.train)
app.command("finetune")(finetuning.finetune)
app.command("resume")(training.resume)
app.command("fork")(forks.fork)
app.command("pause")(training.pause)
app.command("stop")(training.stop)
app.command("edit")(edits.edit)
app.command("edits")(edits.edits)
app.command("runs")(training.runs)
app.command("notes")(training.notes)
app.command("report")(report.report)
app.command("evaluate")(inference.evaluate)
app.command("ship")(shipping.ship)
app.command("ship-steps")(shipping.ship_over_training)
app.command("store-demo")(shipping.store_demo)
app.command("reproduce")(shipping.reproduce)
app.command("gradients")(gradients.gradients)
app.command("lesions")(lesions.lesions)
app.command("landscape")(landscapes.landscape)
app.command("sharpness")(landscapes.sharpness)
app.command("store")(stored.store)
app.command("cam")(explain.cam)
app.command("features")(feature_maps.features)
app.command("take-apart")(apart.apart)
app.command("classify")(inference.classify)
app.command("calibrate")(inference.calibrate)
app.command("import")(bringing.import_weights)
app.command("imagenet")(inference.imagenet)
app.command("export")(inference.export)
