"""The tables of a run's store, and what their rows must not hold."""

from resnet_core.runs.curve_quantities import CURVE_QUANTITIES

SCALARS = tuple(CURVE_QUANTITIES)
MOST_STEPS = 10**15
"""Beyond any run: a larger step was not counted by the lab."""

TABLES = f"""
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS curves (
    width INTEGER, start INTEGER, arm INTEGER, {", ".join(f"{name} REAL" for name in SCALARS)},
    layer_norms BLOB, seed INTEGER, PRIMARY KEY (width, start, arm, seed)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS evaluations (
    step INTEGER, arm INTEGER, split TEXT, loss REAL, accuracy REAL, seed INTEGER,
    PRIMARY KEY (step, arm, split, seed)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
    step INTEGER, arm INTEGER, split TEXT, num_pictures INTEGER, bits BLOB, seed INTEGER,
    PRIMARY KEY (step, arm, split, seed)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS profiles (
    step INTEGER, arm INTEGER, quantity TEXT, numbers BLOB, seed INTEGER,
    PRIMARY KEY (step, arm, quantity, seed)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS logged (
    name TEXT, step INTEGER, arm INTEGER, value REAL, seed INTEGER,
    PRIMARY KEY (name, step, arm, seed)) WITHOUT ROWID;
"""
_WRONG_SCALARS = "".join(f" OR typeof({name}) NOT IN ('real', 'null')" for name in SCALARS)
# SQLite keeps text in a column of numbers, if somebody puts it there.
WRONG_TYPES = (
    "SELECT 1 FROM curves WHERE typeof(width) <> 'integer' OR typeof(start) <> 'integer'"  # noqa: S608 - own names
    f" OR typeof(arm) <> 'integer' OR typeof(layer_norms) <> 'blob'{_WRONG_SCALARS}"
    f" OR start NOT BETWEEN 0 AND {MOST_STEPS} OR typeof(seed) <> 'integer'",
    "SELECT 1 FROM evaluations WHERE typeof(step) <> 'integer' OR typeof(arm) <> 'integer'"
    " OR typeof(split) <> 'text' OR typeof(loss) NOT IN ('real', 'null')"
    " OR typeof(accuracy) NOT IN ('real', 'null') OR typeof(seed) <> 'integer'",
    "SELECT 1 FROM profiles WHERE typeof(step) <> 'integer' OR typeof(arm) <> 'integer'"
    " OR typeof(quantity) <> 'text' OR typeof(numbers) <> 'blob' OR typeof(seed) <> 'integer'",
    "SELECT 1 FROM meta WHERE typeof(key) <> 'text' OR typeof(value) <> 'text'",
)
