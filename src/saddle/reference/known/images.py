"""Metrics of images."""

from saddle.reference.metrics import Group, KnownAnswer, Metric

IMAGES = "saddle.metrics.images.measuring"

ONES = "ImageFeatures(torch.ones(100, 8), torch.zeros(100, 10))"
ZEROS = "RealImages.of(torch.zeros(100, 8), ImageFeatures(torch.zeros(100, 8), torch.zeros(100, 10)))"
PROTOCOL = "ImageProtocol(100, 1, 2, 50)"

IMAGE = Group(
    "Images",
    "In `metrics/mnist/`, on the 128 features of a classifier of digits that is trained here: they compare within this "
    "project, not with figures elsewhere that have Inception's features.",
    [
        Metric(
            ["fid", "kid", "inception_score"],
            IMAGES,
            "measure_images",
            "\n".join(
                (
                    r"\mathrm{FID}=\left|\mu_x-\mu_y\right|^2"
                    r"+\operatorname{tr}\left(\Sigma_x+\Sigma_y-2(\Sigma_x\Sigma_y)^{1/2}\right)",
                    r"\mathrm{KID}=\mathrm{MMD}^2\text{ with }k(x,y)=\left(\frac{x\cdot y}{d}+1\right)^3",
                    r"\mathrm{IS}=\exp\left(\frac1m\sum_j\sum_c p(c,y_j)\ln\frac{p(c,y_j)}{p(c)}\right),\quad "
                    r"p(c)=\frac1m\sum_j p(c,y_j)",
                )
            ),
            [
                KnownAnswer(
                    "FID: all 8 features 0 in real images, 1 in generated ones",
                    f'measure_images({ONES}, {ZEROS}, {PROTOCOL}, 0)["fid"]',
                    8.0,
                ),
                KnownAnswer(
                    "KID: the same; 1 + 8 - 2",
                    f'measure_images({ONES}, {ZEROS}, {PROTOCOL}, 0)["kid"]',
                    7.0,
                ),
                KnownAnswer(
                    "Inception Score: no class is told from another",
                    f'measure_images({ONES}, {ZEROS}, {PROTOCOL}, 0)["inception_score"]',
                    1.0,
                ),
            ],
        ),
        Metric(
            ["class_entropy"],
            IMAGES,
            "class_entropy",
            r"-\sum_c p(c)\ln p(c)",
            [
                KnownAnswer("All images are of one class", "class_entropy(torch.eye(10)[[3, 3, 3]])", 0.0),
                KnownAnswer("As many of each of ten classes", "class_entropy(torch.eye(10))", 2.302585092994046),
            ],
        ),
        Metric(
            ["memorization"],
            IMAGES,
            "memorization",
            r"\frac{\operatorname{mean}_j\min_t\left|y_j-x^{\mathrm{train}}_t\right|}"
            r"{\operatorname{mean}_i\min_t\left|x^{\mathrm{test}}_i-x^{\mathrm{train}}_t\right|}",
            [
                KnownAnswer(
                    "Copies of training images",
                    "memorization(t := torch.eye(8), RealImages.of(t, ImageFeatures(t + 1, t)))",
                    0.0,
                ),
                KnownAnswer(
                    "As far from them as test images are",
                    "memorization((t := torch.eye(8)) + 1, RealImages.of(t, ImageFeatures(t + 1, t)))",
                    1.0,
                ),
            ],
        ),
        Metric(
            ["digit_share"],
            IMAGES,
            "digit_share",
            r"\frac1m\left|\left\{j:\min_t\left|y_j-x^{\mathrm{train}}_t\right|\le q_{0.95},"
            r"\ \max_c p(c,y_j)\ge 0.9,\ \arg\max_c p(c,y_j)=\arg\max_c p(c,\mathrm{blur}(y_j))\right\}\right|",
        ),
        Metric(["d_real and d_fake of images"], IMAGES, "mean_score", ""),
    ],
)
