"""Draw one variant of the points experiment: `python -m stages render_points gan`."""

from saddle.config import load_settings
from saddle.files import read_arrays, read_table
from saddle.rendering.points.film import PointsFilm, centred, frame, frames, strip
from saddle.rendering.shared.figures import write_figure
from saddle.rendering.shared.gif import write_gif
from stages import paths

SNAPSHOTS = ("x", "y", "epoch", "step", "samples", "surface", "score_name", "score_is_probability")


def main(variant: str) -> None:
    """Read snapshots, held-out points and W2 over time; write a GIF, its last frame and a strip of moments."""
    settings = load_settings()
    points = settings.points
    points.variant(variant)
    folder = paths.plots(paths.POINTS, variant)
    held_out = read_arrays(paths.PREPARED_POINTS, ("test",))["test"][: points.max_points]
    snapshots = read_arrays(paths.samples(paths.POINTS, variant), SNAPSHOTS)
    curve = read_table(folder / "w2.csv", ("w2_ratio",))
    full_batch = points.recipe == "full_batch"
    unit, moments = ("step", snapshots["step"]) if full_batch else ("epoch", snapshots["epoch"])
    surface, score = snapshots["surface"], str(snapshots["score_name"])
    if not snapshots["score_is_probability"]:
        surface, score = centred(surface), f"{score} less its mean"
    film = PointsFilm(
        name=settings.title(variant),
        x=snapshots["x"],
        y=snapshots["y"],
        surface=surface,
        samples=snapshots["samples"],
        held_out=held_out,
        times=[f"{unit} {moment:.0f}" for moment in moments],
        ratios=curve["w2_ratio"].tolist(),
        score=score,
    )
    write_gif(folder / "training.gif", frames(film))
    write_figure(folder / "final.png", frame(film, len(film) - 1))
    write_figure(folder / "strip.png", strip(film))
