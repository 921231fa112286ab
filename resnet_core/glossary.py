"""The field's words that pages use, each in one line, with where it comes from."""

from dataclasses import dataclass

from resnet_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Term:
    """A word of the field."""

    name: str
    """As pages write it."""
    meaning: str
    """One sentence."""
    source: str
    """Paper and section, or the field's common use."""


_COMMON = "common use"
_TERMS = (
    Term(
        name="residual net",
        meaning="A net whose blocks add their input to what they compute, so that each learns only "
        "the change.",
        source="He et al. 2015, sec. 3.1",
    ),
    Term(
        name="plain net",
        meaning="The same layers without the additions: its residual twin differs in nothing else.",
        source="He et al. 2015, sec. 3.3",
    ),
    Term(
        name="shortcut",
        meaning="The way around a block's layers, also called skip: the input itself, or a "
        "projection of it.",
        source="He et al. 2015, fig. 2",
    ),
    Term(
        name="projection",
        meaning="A 1x1 convolution on a shortcut, where a block changes the number of channels.",
        source="He et al. 2015, sec. 3.3, options A to C",
    ),
    Term(
        name="stage",
        meaning="The blocks whose maps have one size; the next stage halves it and widens the net.",
        source="He et al. 2015, table 1",
    ),
    Term(
        name="pre-activation",
        meaning="Normalisation and ReLU stand before each convolution, so that nothing lies on the "
        "way from addition to addition.",
        source="He et al. 2016, sec. 3",
    ),
    Term(
        name="gradient norm",
        meaning="Length of the vector of all partial derivatives of the loss by a layer's weights: "
        "how strongly a step may change that layer.",
        source="Glorot and Bengio 2010, sec. 4.2",
    ),
    Term(
        name="vanishing gradient",
        meaning="The gradient shrinks from layer to layer on its way back, until the first layers "
        "hardly learn.",
        source="Bengio et al. 1994",
    ),
    Term(
        name="batch norm",
        meaning="Each channel is shifted and scaled to mean 0 and variance 1 over a batch, then by "
        "two learned numbers.",
        source="Ioffe and Szegedy 2015",
    ),
    Term(
        name="initialisation",
        meaning="How the weights are drawn before the first step; it decides how signals grow or "
        "shrink with depth.",
        source="He et al. 2015, Delving Deep into Rectifiers, sec. 2.2",
    ),
    Term(
        name="feature map",
        meaning="What one channel of a layer answers at each place of the picture.",
        source=_COMMON,
    ),
    Term(
        name="receptive field",
        meaning="The part of the picture that can change one value of a map, as the side of a "
        "square in pixels.",
        source="Araujo et al. 2019",
    ),
    Term(
        name="multiply-adds (MACs)",
        meaning="Products that are added up in one forward pass of one picture: the usual measure "
        "of a net's work; papers often call them FLOPs.",
        source="He et al. 2015, table 1",
    ),
    Term(
        name="Grad-CAM",
        meaning="A layer's maps added up with the weights that the class's gradient gives them: "
        "where the net found what speaks for the class.",
        source="Selvaraju et al. 2017, eq. 1 and 2",
    ),
    Term(
        name="attribution",
        meaning="For every pixel or place, how much it speaks for a class.",
        source="Sundararajan et al. 2017, sec. 1",
    ),
    Term(
        name="faithfulness",
        meaning="Whether a map shows what the net really used: taking away what it marks must "
        "change the answer.",
        source="Samek et al. 2017",
    ),
    Term(
        name="sanity check",
        meaning="A map that stays the same when the net's weights are drawn anew says nothing of "
        "what the net learned.",
        source="Adebayo et al. 2018",
    ),
    Term(
        name="logit",
        meaning="What the last layer gives for a class, before softmax makes probabilities of it.",
        source=_COMMON,
    ),
    Term(
        name="top-1, top-5",
        meaning="Share of pictures whose class is the net's first answer, or among its first five.",
        source="Russakovsky et al. 2015, sec. 4.1",
    ),
    Term(
        name="ECE",
        meaning="Expected calibration error: how far, on average, the stated sureness lies from "
        "the share that is right.",
        source="Guo et al. 2017, eq. 3",
    ),
    Term(
        name="temperature",
        meaning="A number by which all logits are divided, fitted so that sureness agrees with "
        "how often the net is right.",
        source="Guo et al. 2017, sec. 4.2",
    ),
    Term(
        name="loss",
        meaning="Cross-entropy: minus the logarithm of the probability that the net gives the "
        "right class; lower is better.",
        source=_COMMON,
    ),
    Term(
        name="validation",
        meaning="Pictures that are kept from training to judge it by; the test pictures are "
        "looked at once, at the end.",
        source=_COMMON,
    ),
    Term(
        name="seed",
        meaning="The number that all chance of a run follows from: initial weights, order, "
        "augmentation.",
        source=_COMMON,
    ),
    Term(
        name="one-cycle",
        meaning="A learning rate that rises to its highest value and falls to almost nothing, "
        "once over the whole run.",
        source="Smith and Topin 2017",
    ),
    Term(
        name="bf16",
        meaning="Numbers of 16 bits with the range of 32: half the memory, and about three digits.",
        source="Kalamkar et al. 2019",
    ),
    Term(
        name="weight decay",
        meaning="Each step also shrinks every weight by a small share of itself.",
        source="Krogh and Hertz 1991",
    ),
    Term(
        name="McNemar's test",
        meaning="Of the pictures that only one of two nets gets right: how likely so uneven a "
        "split is, were both nets equally good.",
        source="McNemar 1947",
    ),
    Term(
        name="confidence interval",
        meaning="A range that in 95 of 100 repetitions holds the true value.",
        source="Neyman 1937",
    ),
    Term(
        name="loss landscape",
        meaning="The loss as a function of the weights, seen along one or two directions of them.",
        source="Li et al. 2018, sec. 3",
    ),
    Term(
        name="sharpness",
        meaning="Largest eigenvalue of the Hessian, the matrix of the loss's second derivatives: "
        "the bend in the steepest direction.",
        source="Cohen et al. 2021, sec. 2",
    ),
    Term(
        name="degradation",
        meaning="A deeper plain net ends with a higher error, also on the pictures that it is "
        "trained on.",
        source="He et al. 2015, fig. 1",
    ),
    Term(
        name="fine-tuning",
        meaning="Going on from a trained net with other pictures: a new classifier for their "
        "classes, on what the net sees already.",
        source="Girshick et al. 2014, sec. 2.3",
    ),
)
_BY_NAME = {term.name: term for term in _TERMS}


def list_terms() -> tuple[Term, ...]:
    """Lists all words, in the order in which one may learn them."""
    return _TERMS


def find_term(name: str) -> Term:
    """Finds a word.

    Raises:
        ConfigError: for a word that is not there.
    """
    if name not in _BY_NAME:
        raise ConfigError(f"The glossary has no '{name}': it has {', '.join(_BY_NAME)}.")
    return _BY_NAME[name]
