"""SGD as torch computes it, without the compiler that torch would load for it.

The methods of torch's optimizers are wrapped for `torch.compile`, and the first call of a wrapper
imports the whole compiler: 1.5 of the 4.9 s of processor time that a worker took to its first step
(docs/benchmarks.md). No optimizer is compiled here, so the methods inside the wrappers are called.
"""

import inspect

import torch


class EagerSGD(torch.optim.SGD):
    """`torch.optim.SGD`, update for update and bit for bit."""

    add_param_group = inspect.unwrap(torch.optim.SGD.add_param_group)
    load_state_dict = inspect.unwrap(torch.optim.SGD.load_state_dict)
    state_dict = inspect.unwrap(torch.optim.SGD.state_dict)
    zero_grad = inspect.unwrap(torch.optim.SGD.zero_grad)
    step = torch.no_grad()(inspect.unwrap(torch.optim.SGD.step))
