"""Figures of directions in latent space."""

from saddle.reference.metrics import Group, KnownAnswer, Metric

SIGNIFICANCE = "saddle.sefa.significance"

DIGITS = "saddle.sefa.digits"
FACES = "saddle.faces.attributes"
BAR = "np.pad(np.ones((1, 20, 4)), ((0, 0), (4, 4), (12, 12)))"
WHITE = "np.ones((1, 3, 8, 8))"

DIRECTIONS = Group(
    "Directions in latent space",
    "In `metrics/sefa/`: what a direction does to the images, and whether it stands out among random ones.",
    [
        Metric(
            ["eigenvalue"],
            "saddle.sefa.factorization",
            "factorize",
            r"A^TA\,n=\lambda n,\quad\left|n\right|=1,\quad\lambda=\left|An\right|^2",
            [
                KnownAnswer(
                    "The strongest of two directions", "factorize(torch.diag(torch.tensor([1., 3.])))[0][0]", 9.0
                ),
            ],
        ),
        Metric(
            ["thickness, slant, width, height, ink of digits"],
            DIGITS,
            "measure_shapes",
            r"\mathrm{slant}=\arctan\frac{-m_{11}}{m_{02}},\quad "
            r"\mathrm{width}=\sqrt{12\left(m_{20}-\frac{m_{11}^2}{m_{02}}\right)},\quad\mathrm{height}=\sqrt{12\,m_{02}}",
            [
                KnownAnswer("Ink of an upright bar, 4 pixels wide and 20 high", f"measure_shapes({BAR})[0, 4]", 80.0),
                KnownAnswer("Its slant, in degrees", f"measure_shapes({BAR})[0, 1]", 0.0),
                KnownAnswer(
                    "That of a line of pixels that rises by one a column",
                    "measure_shapes(np.eye(28)[None, ::-1])[0, 1]",
                    45.0,
                ),
            ],
        ),
        Metric(
            ["turn, nod, mouth of faces"],
            FACES,
            "measure_poses",
            r"\mathrm{turn}=100\,\frac{(p_{\mathrm{nose}}-\frac{l+r}2)\cdot e}{\left|r-l\right|},\quad "
            r"\mathrm{nod}=100\,\frac{(p_{\mathrm{nose}}-l)\cdot d}{(p_{\mathrm{chin}}-l)\cdot d},\quad "
            r"\mathrm{mouth}=100\,\frac{\left|p_{\mathrm{lower}}-p_{\mathrm{upper}}\right|}{\left|r-l\right|}",
        ),
        Metric(
            ["brightness, hair warmth, background of faces"],
            FACES,
            "measure_lights",
            r"Y=0.2126\,R+0.7152\,G+0.0722\,B",
            [
                KnownAnswer("Brightness of a white image", f"measure_lights({WHITE})[0, 0]", 100.0),
                KnownAnswer("Hair warmth of a grey one: none", f"measure_lights({WHITE} / 2)[0, 1]", 0.0),
            ],
        ),
        Metric(
            ["change", "low", "high", "samples"],
            SIGNIFICANCE,
            "mean_effect",
            r"\bar c\pm t_{0.975,\,n-1}\,\frac{s}{\sqrt n}",
            [
                KnownAnswer("The same change in all samples", "mean_effect(np.full(10, 3.0)).change", 3.0),
                KnownAnswer(
                    "What could not be measured is left out", "mean_effect(np.array([1, 3, np.nan])).change", 2.0
                ),
            ],
        ),
        Metric(
            ["times_random"], SIGNIFICANCE, "reference", r"\frac{\left|\bar c\right|}{\mathrm{rms}_{\mathrm{random}}}"
        ),
        Metric(
            ["p", "significant"],
            SIGNIFICANCE,
            "p_values",
            r"p=\frac{\#\{\text{directions whose largest score}\geq\text{this score}\}}{\#\text{directions}}",
            [
                KnownAnswer(
                    "One that stands out among 19 random ones",
                    "p_values(np.array([9.0]), np.linspace(-1, 1, 19)[:, None], [True])[0]",
                    0.05,
                ),
                KnownAnswer(
                    "One that changes nothing",
                    "p_values(np.array([0.0]), np.linspace(1, 2, 19)[:, None], [True])[0]",
                    1.0,
                ),
            ],
        ),
    ],
)
