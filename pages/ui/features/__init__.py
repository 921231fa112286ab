"""The parts of the Feature maps page: the net at a glance, a layer, a channel, a block."""
