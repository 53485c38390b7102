"""The names of the arrays that stages hand on: each once."""

# Points, one a row: to train on, to judge by, and all that are not among the latter.
TRAIN = ("train",)
TEST = ("test",)
OTHERS = ("others",)

# Snapshots of a run; the first axis is time.
CLOUDS = ("epoch", "step", "samples")
SCORE = ("score_name", "score_is_probability", "score_equilibrium")
RUN = ("epoch", "samples")
SURFACES = (*CLOUDS, *SCORE, "x", "y", "surface")
IMAGES = ("epoch", "step", *SCORE, "resolution", "images")
