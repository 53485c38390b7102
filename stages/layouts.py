"""What is in the arrays that stages hand on: each once. Lengths are alike where they have one name in one file."""

from saddle.core.files import Layout

# Points, one a row: to train on, to judge by, and all that are not among the latter.
TRAIN = {"train": Layout(("train", 2))}
TEST = {"test": Layout(("test", 2))}
OTHERS = {"others": Layout(("others", 2))}

# Snapshots of a run.
TIMES = {"epoch": Layout(("time",)), "step": Layout(("time",), "count")}
CLOUDS = {**TIMES, "samples": Layout(("time", "n", 2))}
SCORE = {
    "score_name": Layout((), "text"),
    "score_is_probability": Layout((), "flag"),
    # NaN stands for none.
    "score_equilibrium": Layout((), finite=False),
}
# One that diverged has none.
RUN = {"epoch": Layout(("time",), least=0), "samples": Layout(("time", "n", 2), least=0)}
SURFACES = {
    **CLOUDS,
    **SCORE,
    "x": Layout(("x",), least=2),
    "y": Layout(("y",), least=2),
    "surface": Layout(("time", "y", "x")),
}
IMAGES = {
    **TIMES,
    **SCORE,
    "resolution": Layout(("time",), "count"),
    "images": Layout(("time", "n", 1, "side", "side")),
}
