"""A trained net taught a person's own classes: before the run, at its end, and what came of it.

preparing.py  pictures read and judged before a run begins
worker.py     the worker of such a run, which measures how far the new net can be believed
outcome.py    the new net, its classes and how often it is right on held-out pictures
sentences.py  what may be said of it

Nothing is imported here, since a worker waits for its turn before it loads torch.
"""
