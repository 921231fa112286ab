"""`python -m resnet_core`: the lab without a browser."""

from resnet_core.cli import app

if __name__ == "__main__":
    app(prog_name="python -m resnet_core")
