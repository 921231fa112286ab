"""The library: one thin function for each thing that the lab does, exported by `resnet_core`.

nets.py         build and load
looking.py      classify, cam and features: what a net makes of a picture
flow.py         gradients, of the lab's nets and of anybody's
experiments.py  train, compare and evaluate
"""
