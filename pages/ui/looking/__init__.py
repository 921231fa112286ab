"""The parts of the Where it looks page: what is asked, the grid of maps, and what comes of it."""
