"""Ready experiments and recipes, one idea with one name: the presets, and the files beside them."""
