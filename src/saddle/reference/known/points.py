"""Metrics of points."""

from saddle.reference.metrics import Group, KnownAnswer, Metric

DISTANCES = "saddle.metrics.points.distances"
MEASURING = "saddle.metrics.points.measuring"
CONVERGENCE = "saddle.metrics.points.convergence"

STROKE = "np.stack(np.meshgrid(np.arange(99), [-1, 0, 1]), -1).reshape(-1, 2)"

POINTS = Group(
    "Points",
    "In `metrics/points/` and `metrics/optimizers.json`: means over samples of as many points as are held out.",
    [
        Metric(
            ["w2"],
            DISTANCES,
            "w2",
            r"W_2=\left(\min_{P}\ \sum_{i,j}P_{ij}\,\left|x_i-y_j\right|^2\right)^{1/2},\quad "
            r"\sum_jP_{ij}=\frac1n,\ \sum_iP_{ij}=\frac1m",
            [
                KnownAnswer("A sample and itself", "w2([[0, 0], [2, 1]], [[0, 0], [2, 1]])", 0.0),
                KnownAnswer("All points moved by (3, 4)", "w2([[0, 0], [2, 1]], [[3, 4], [5, 5]])", 5.0),
                KnownAnswer("Half of the points moved by 2", "w2([[0, 0], [0, 0]], [[0, 0], [2, 0]])", 2**0.5),
            ],
        ),
        Metric(
            ["w2_floor", "w2_error"],
            MEASURING,
            "measure_floor",
            r"W_2^{\mathrm{floor}}=\operatorname{mean}_s\,W_2(x^{\mathrm{train}}_s,x^{\mathrm{test}}),\qquad "
            r"W_2^{\mathrm{ratio}}=\frac{W_2}{W_2^{\mathrm{floor}}}",
        ),
        Metric(["w2_ratio", "w2_over_time"], MEASURING, "w2_over_time", ""),
        Metric(
            ["sliced_w2"],
            DISTANCES,
            "sliced_w2",
            r"\left(\frac1K\sum_{k=1}^{K}W_2(\theta_k\cdot x,\theta_k\cdot y)^2\right)^{1/2},\quad "
            r"\theta_k=(\cos\alpha_k,\sin\alpha_k),\ \alpha_k=\frac{\pi(k-1/2)}{K}",
            [
                KnownAnswer(
                    "All points moved by (3, 4): of the square of 5 half is seen on average",
                    "sliced_w2([[0, 0], [2, 1]], [[3, 4], [5, 5]], 8)",
                    5 / 2**0.5,
                ),
            ],
        ),
        Metric(
            ["mmd"],
            DISTANCES,
            "mmd",
            r"\frac{1}{n(n-1)}\sum_{i\neq h}k(x_i,x_h)+\frac{1}{m(m-1)}\sum_{j\neq l}k(y_j,y_l)"
            r"-\frac{2}{nm}\sum_{i,j}k(x_i,y_j),\quad k(x,y)=\exp\left(-\frac{\left|x-y\right|^2}{2\sigma^2}\right)",
            [
                KnownAnswer(
                    "Two spots, far apart: the most that it can be",
                    "mmd([[0, 0], [0, 0]], [[99, 0], [99, 0]], bandwidth=1)",
                    2.0,
                ),
                KnownAnswer(
                    "Two points a bandwidth apart, and the same two: single values may be negative",
                    "mmd([[0, 0], [1, 0]], [[0, 0], [1, 0]], bandwidth=1)",
                    -0.3934693402873666,
                ),
            ],
        ),
        Metric(
            ["energy"],
            DISTANCES,
            "energy",
            r"\frac{2}{nm}\sum_{i,j}\left|x_i-y_j\right|-\frac{1}{n^2}\sum_{i,h}\left|x_i-x_h\right|"
            r"-\frac{1}{m^2}\sum_{j,l}\left|y_j-y_l\right|",
            [
                KnownAnswer("A sample and itself", "energy([[0, 0], [2, 1]], [[0, 0], [2, 1]])", 0.0),
                KnownAnswer("Two spots, 5 apart", "energy([[0, 0]], [[3, 4]])", 10.0),
            ],
        ),
        Metric(
            ["width_ratio"],
            "saddle.metrics.points.width",
            "StrokeWidths.ratio",
            r"\operatorname{median}_i\ \frac{\sqrt{\lambda_2(y\in B_i)}}{\sqrt{\lambda_2(x\in B_i)}},\quad "
            r"\lambda_2\text{ the smaller eigenvalue of the covariance in the neighbourhood }B_i",
            [
                KnownAnswer(
                    "A stroke and itself",
                    f"StrokeWidths.of(s := {STROKE}).ratio(s)",
                    1.0,
                ),
                KnownAnswer(
                    "One that is half as wide",
                    f"StrokeWidths.of(s := {STROKE}).ratio(s * [1, 0.5])",
                    0.5,
                ),
            ],
        ),
        Metric(
            ["epochs_to_fit"],
            CONVERGENCE,
            "epochs_to_fit",
            r"\min\{t_i: r_i,r_{i+1},r_{i+2}<\tau\},\quad r_i=W_2(t_i)/W_2^{\mathrm{floor}}",
            [
                KnownAnswer(
                    "A single snapshot below the threshold is not yet a fit",
                    "epochs_to_fit([0, 10, 20, 30, 40, 50], [9, 2, 3, 2, 2, 2], threshold=2.5)",
                    30.0,
                ),
            ],
        ),
        Metric(
            ["relapse_rate"],
            CONVERGENCE,
            "relapse_rate",
            "",
            [
                KnownAnswer(
                    "One of four snapshots after the three that make the fit",
                    "relapse_rate([9, 2, 2, 2, 2, 3, 2, 2], threshold=2.5)",
                    0.25,
                ),
            ],
        ),
        Metric(
            ["stability"],
            CONVERGENCE,
            "stability",
            r"\sqrt{\tfrac12\,\operatorname{mean}_i\,(d_{i+1}-d_i)^2}",
            [
                KnownAnswer("One that stays", "stability([9, 8, 7, 6, 5, 4, 3, 2, 1, 1])", 0.0),
                KnownAnswer("One that swings by 2", "stability([9, 8, 7, 6, 5, 4, 3, 2, 1, 3])", 2**0.5),
            ],
        ),
        Metric(
            ["progress"],
            CONVERGENCE,
            "progress",
            r"\frac{d_{\mathrm{start}}-d_{\mathrm{end}}}{d_{\mathrm{start}}-d_{\mathrm{floor}}}",
            [
                KnownAnswer("Nothing learned", "progress(start=5, end=5, floor=1)", 0.0),
                KnownAnswer("Three quarters of the way", "progress(start=5, end=2, floor=1)", 0.75),
                KnownAnswer("A perfect fit", "progress(start=5, end=1, floor=1)", 1.0),
            ],
        ),
        Metric(
            ["d_real", "d_fake"],
            MEASURING,
            "measure_discriminator",
            r"\operatorname{mean}_i\,D(x_i),\qquad\operatorname{mean}_j\,D(y_j)",
        ),
    ],
)
