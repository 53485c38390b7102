"""Draw all points variants side by side in motion."""

from saddle.config import load_settings
from saddle.files import read_arrays
from saddle.rendering.points.together import Shot, together
from saddle.rendering.shared.gif import write_gif
from saddle.rendering.shared.moments import step_titles, time_titles
from stages import paths


def main() -> None:
    """Read the snapshots of all variants and the held-out points; write a GIF."""
    settings = load_settings()
    points = settings.points
    by_step = points.chosen_recipe().picture.time == "step"
    shots = []
    for variant in points.variants:
        snapshots = read_arrays(paths.samples(paths.POINTS, variant), ("epoch", "step", "samples"))
        steps = snapshots["step"].tolist()
        times = step_titles(steps) if by_step else time_titles(snapshots["epoch"].tolist(), steps)
        shots.append(Shot(settings.title(variant), snapshots["samples"], times))
    held_out = read_arrays(paths.PREPARED_POINTS, ("test",))["test"][: points.max_points]
    write_gif(paths.PLOTS / paths.POINTS / "variants.gif", together(shots, held_out))
