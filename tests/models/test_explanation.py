import pytest

from resnet_core.config import Intervention
from resnet_core.models import list_models, model_config
from resnet_core.models.explanation import explain_block, list_block_paths

LARGE = {"resnet1202", "preact_resnet1001"}
# Net, changes, block, its branch F or H, and its output.
CASES = [
    (
        *("resnet20", {}, "stage1.0"),
        r"\mathrm{BN}_2(W_2\,\sigma(\mathrm{BN}_1(W_1\,x)))",
        r"\sigma(\mathcal{B}(x) + x)",
    ),
    (
        *("preact_resnet20", {"norm": "layer"}, "stage1.1"),
        r"W_2\,\sigma(\mathrm{LN}_2(W_1\,\sigma(\mathrm{LN}_1(x))))",
        r"\mathcal{B}(x) + x",
    ),
    (
        *("preact_resnet20", {"norm": "none"}, "stage2.0"),
        r"W_2\,\sigma(W_1\,\sigma(x))",
        r"\mathcal{B}(x) + \mathrm{pad}(\sigma(x))",
    ),
    (
        *("resnet8", {"norm": "none", "skip_strength": 0.5}, "stage1.0"),
        r"W_2\,\sigma(W_1\,x)",
        r"\sigma(\mathcal{B}(x) + 0.5\,x)",
    ),
    (
        *("resnet18", {"norm": "group"}, "stage2.0"),
        r"\mathrm{GN}_2(W_2\,\sigma(\mathrm{GN}_1(W_1\,x)))",
        r"\sigma(\mathcal{B}(x) + W_s\,x)",
    ),
    (
        *("rezero_resnet56", {}, "stage1.0"),
        r"a\,\sigma(W_2\,\sigma(W_1\,x))",
        r"\mathcal{B}(x) + x",
    ),
    (
        *("fixup_resnet56", {}, "stage1.0"),
        r"a\,W_2(\sigma(W_1(x + b_{1a}) + b_{1b}) + b_{2a}) + b_{2b}",
        r"\sigma(\mathcal{B}(x) + x)",
    ),
    (
        *("densenet40_12", {}, "stage2.3"),
        r"W_1\,\sigma(\mathrm{BN}_1(x))",
        r"[\,x,\; H(x)\,]",
    ),
    (
        *("resnet8", {"norm": "none", "skip_kind": "shortcut_gate"}, "stage1.0"),
        r"W_2\,\sigma(W_1\,x)",
        r"\sigma(\mathcal{B}(x) + (1 - g) \odot x)",
    ),
]


@pytest.mark.parametrize(("name", "changes", "path", "branch", "output"), CASES)
def test_formula_holds_every_operation(name, changes, path, branch, output):
    exact = explain_block(model_config(name, **changes), path).exact
    lines = exact.removeprefix(r"\begin{aligned} ").removesuffix(r" \end{aligned}").split(r" \\ ")
    assert [line.partition("&= ")[2] for line in lines] == [branch, output]


def test_plain_block_is_one_equation():
    exact = explain_block(model_config("plain20", norm="none"), "stage1.0").exact
    assert exact == r"y = \sigma(W_2\,\sigma(W_1\,x))"


@pytest.mark.parametrize("name", [name for name in list_models() if name not in LARGE])
def test_every_block_is_explained(name):
    config = model_config(name)
    paths = list_block_paths(config)
    assert len(paths) == sum(config.stage_blocks)
    explanation = explain_block(config, paths[-1])
    assert "def forward" in explanation.code
    assert "conv1" in explanation.modules
    assert explanation.exact.count("(") == explanation.exact.count(")")
    assert explanation.arxiv[4] == "."


def test_code_is_that_of_the_block_and_of_its_own_operations():
    code = explain_block(model_config("se_resnet20"), "stage2.0").code
    for name in ("class Block(", "class SqueezeExcitation(", "class ZeroPadShortcut("):
        assert code.count(name) == 1
    assert "class ReLU" not in code
    dense = explain_block(model_config("densenet40_12"), "stage1.0").code
    assert "class DenseBlock(" in dense
    assert "class Concatenation(" in dense
    assert "class Block(" not in dense


@pytest.mark.parametrize(
    ("name", "arxiv"),
    [
        ("resnet20", "1512.03385"),
        ("preact_resnet20", "1603.05027"),
        ("fixup_resnet56", "1901.09321"),
        ("rezero_resnet56", "2003.04887"),
        ("skipinit_resnet56", "2002.10444"),
        ("densenet121", "1608.06993"),
    ],
)
def test_paper_is_the_one_that_the_block_comes_from(name, arxiv):
    assert explain_block(model_config(name), "stage1.0").arxiv == arxiv


def test_formula_is_that_of_the_block_as_it_was_switched():
    config = model_config("resnet20")
    half = Intervention(what="skip_strength", blocks="stage1.0", value=0.5)
    assert r"\mathcal{B}(x) + 0.5\,x" in explain_block(config, "stage1.0", [half]).exact
    dropped = [Intervention(what="drop", value=1)]
    assert explain_block(config, "stage1.0", dropped).exact == "y = x"
    assert explain_block(config, "stage2.0", dropped).exact == r"y = \mathrm{pad}\,x"
    pre = model_config("preact_resnet20", shortcut="B")
    assert explain_block(pre, "stage2.0", dropped).exact == (
        r"y = W_s(\sigma(\mathrm{BN}_1(x)))"
    ), "the shortcut shares the activation"
