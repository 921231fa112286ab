"""The theory beside the pictures, short, with formula and paper."""

import streamlit as st

_NORMS = r"""
Every number is the Euclidean norm of a whole tensor, read after the backward pass of one batch,
before any clipping. **Weights** are what a layer learns from; the gradient **at a block's output**
is what comes back to it; **activations** are what goes forward.

**With batch norm, at initialisation**, theory has a *plain* net's gradient **grow** towards the
input, by $\sqrt{\pi/(\pi-1)} \approx 1.21$ a layer for wide nets, whatever the law of the weights
(Yang et al. 2019, [arXiv 1902.08129](https://arxiv.org/abs/1902.08129)). The view of the first
steps shows how long that holds in training. He et al. do not think that vanishing gradients are
what plain nets with batch norm suffer from (2015, sec. 4.1).
**Without it** a layer keeps $\sqrt{s/2}$ with $s$ = fan-in x variance of a weight: about 1 for He's
law, less for smaller laws, and there gradients do vanish. Zero padding takes another
$(1 + 2\cos\frac{\pi}{m+1})/3$ a layer on maps of $m \times m$.

**A skip** adds $\alpha^2$ to each block's factor: with batch norm the branch's share falls like
$1/l$ as the trunk's variance grows, so the gradient grows like a power of depth and not
exponentially; without it skip and branch each add a constant to the factor of a block, and the
gradient grows exponentially with their number.

The dotted curves follow the law of one unit from block to block, through the very ReLUs that it
passes (Yang and Schoenholz 2017, [arXiv 1712.08969](https://arxiv.org/abs/1712.08969)); they are
drawn for the blocks of the 2015 and 2016 papers. A verdict is on the **measured** first over
last position, with Student's 95 % interval over the seeds: *flat* where the whole interval lies
between ×1/2 and ×2, *grows* or *vanishes* where it lies on one side of ×1, and no word before three
seeds. A factor a layer, or a power of depth, is named only where it explains 95 % of the variance.
"""
_TRAINING = r"""
Gradient norms are those of the weights at every step, before clipping; activations, dead units
(channels that are zero for a whole batch), update-to-weight ratios and the anatomy of each addition
are measured at an interval, from the very batch that trains.

With $g = g_x + g_F$ the gradient at a block's input, the share of the skip is
$\langle g_x, g\rangle / \langle g, g\rangle$, and that of the branch the rest.
"""
_PATHS = r"""
A residual net is a sum over $2^n$ paths: each of its $n$ blocks is left through its skip or through
its branch. Which lengths carry the gradient? (Veit et al. 2016,
[arXiv 1605.06431](https://arxiv.org/abs/1605.06431), fig. 6)

With $n$ blocks there are $\binom{n}{k}$ paths with $k$ branches, so that most paths have about
$n/2$; but each branch changes the gradient's norm by a factor. Veit et al. sample single paths and
multiply their mean norm by their number. The gradients of paths of one length do not all point the
same way, though, and such products add up to many times the gradient's norm. So the bars are exact:
with $G_k$ the gradient of all paths with $k$ branches and $G = \sum_k G_k$, the share of a length
is $\langle G_k, G\rangle / \langle G, G\rangle$. The shares add up to 1; a negative one works
against the others.
"""
_SHATTERING = r"""
One picture is turned into another in 64 small steps. Do neighbours agree on the direction of the
gradient, or no more than white noise does? (Balduzzi et al. 2017,
[arXiv 1702.08591](https://arxiv.org/abs/1702.08591), fig. 1)

The autocorrelation at a distance is $\sum_i \langle g_i, g_{i+k}\rangle / \sum_i \langle g_i,
g_i\rangle$ for the gradients $g_i$ of one logit along the line, their mean taken away. Independent
gradients have $-(N-k)/(N(N-1))$. Where it is zero next door, a step of gradient descent learns
nothing about the next picture.
"""
_RESPONSES = """
How strongly does each 3x3 layer speak, before ReLU and addition, and do residual layers say less
than plain ones, as He et al. 2015 found
([arXiv 1512.03385](https://arxiv.org/abs/1512.03385), fig. 7)?

The response of a layer is its output after batch norm. A convolution that no norm follows (nets
without normalisation, the ends of pre-activation branches) responds with its own output.
"""
_FIRST_STEPS = r"""
Each net trains with each seed exactly as a run of the lab does: batches of the same pictures,
cropped and flipped, SGD with Nesterov momentum, and the learning rates with which the shipped nets
of 56 layers began (a one-cycle schedule that warms up to 0.2 over a quarter of 422 steps; Smith and
Topin 2017, [arXiv 1708.07120](https://arxiv.org/abs/1708.07120)). Norms are those of the weights'
gradients after the backward pass and before the step, so step 1 is the initialisation.
"""
_OF_OTHERS = r"""
Nets of other people have no blocks that could be named. Their forward pass is watched instead: a
**skip addition** is a sum of two tensors of one shape that are made of the same $x$; the side with
fewer operations is the skip, the other the branch $F(x)$. Norms, shares and cosines are those that
the lab measures of its own nets: with $g = g_x + g_F$ the gradient at $x$, the share of the skip is
$\langle g_x, g\rangle / \langle g, g\rangle$, and above 1 the branch works against the skip.
"""
_TEXTS = {
    "Others": _OF_OTHERS,
    "First 30 steps": _FIRST_STEPS,
    "While training": _TRAINING,
    "Paths": _PATHS,
    "Shattering": _SHATTERING,
    "Responses": _RESPONSES,
}


def explain(view: str) -> None:
    """Shows the theory of a view, folded."""
    with st.expander("What is measured, and what theory says", icon=":material/menu_book:"):
        st.markdown(_TEXTS.get(view, _NORMS))
