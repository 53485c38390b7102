"""Metrics by nearest neighbours."""

from saddle.reference.metrics import Group, KnownAnswer, Metric

NEIGHBOURS = "saddle.metrics.shared.neighbours"

NEAREST = Group(
    "Nearest neighbours",
    "Of points as they are, and of images by their features.",
    [
        Metric(
            ["precision", "recall", "density", "coverage"],
            NEIGHBOURS,
            "neighbourhood",
            "\n".join(
                (
                    r"\mathrm{precision}=\frac1m\,\#\{j: y_j\in B(x_i)\text{ for some }i\},\quad"
                    r"\mathrm{recall}=\frac1n\,\#\{i: x_i\in B(y_j)\text{ for some }j\}",
                    r"\mathrm{density}=\frac1{km}\,\#\{(i,j): y_j\in B(x_i)\},\quad"
                    r"\mathrm{coverage}=\frac1n\,\#\{i: y_j\in B(x_i)\text{ for some }j\}",
                )
            ),
            [
                KnownAnswer(
                    "Ten real points in a row, all generated ones at the first: each is real",
                    "neighbourhood(np.arange(10)[:, None], np.zeros((10, 1)), 1).precision",
                    1.0,
                ),
                KnownAnswer(
                    "But one real point in ten is generated",
                    "neighbourhood(np.arange(10)[:, None], np.zeros((10, 1)), 1).recall",
                    0.1,
                ),
                KnownAnswer(
                    "They are in the balls of two real points, so they crowd",
                    "neighbourhood(np.arange(10)[:, None], np.zeros((10, 1)), 1).density",
                    2.0,
                ),
                KnownAnswer(
                    "And these two are covered",
                    "neighbourhood(np.arange(10)[:, None], np.zeros((10, 1)), 1).coverage",
                    0.2,
                ),
            ],
        ),
    ],
)
