"""List the stages that keep one core busy each, for `make repro`: they can run beside each other.

A line holds stages that follow one another. The longest come first, the last of the image variants before all others,
so that the cores are done at about the same time.
"""

from saddle.config import load_settings


def main() -> None:
    """Print the lines, by params.yaml: variants that train with one thread."""
    settings = load_settings()
    points, images = settings.points, settings.images.variants
    trained = [name for name, variant in images.items() if variant.threads == 1]
    lines = [f"train_images@{name} render_images@{name}" for name in reversed(trained)]
    if points.threads == 1:
        lines += [f"train_points@{name} evaluate_points@{name} render_points@{name}" for name in points.variants]
    print("\n".join(lines))
