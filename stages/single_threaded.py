"""List the stages that keep one core busy each, for `make repro`: they can run beside each other.

A line holds stages that follow one another. The longest come first, so that the cores are done at about the same time.
"""

from saddle.config import load_settings


def main() -> None:
    """Print the lines, by params.yaml: variants that train with one thread."""
    settings = load_settings()
    points, images = settings.points, settings.mnist.variants
    lines = []
    if points.threads == 1:
        longest_first = sorted(points.variants, key=lambda name: -points.variant(name).critic_steps)
        lines = [f"train_points@{name} evaluate_points@{name} render_points@{name}" for name in longest_first]
    trained = [f"train_mnist@{name}" for name, variant in images.items() if variant.threads == 1]
    # Points and images in turn: of both, the first are the longest.
    for index, line in enumerate(trained):
        lines.insert(2 * index + 1, line)
    print("\n".join(lines))
