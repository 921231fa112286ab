"""How far the arms of a run are apart, and what may be said of it."""
