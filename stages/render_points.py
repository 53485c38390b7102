"""Draw one variant of the points experiment: `python -m stages.render_points gan`."""

from saddle.config import Variant, load_settings
from saddle.errors import reports_user_errors
from saddle.files import read_arrays, read_table, replacing
from saddle.rendering.points.film import PointsFilm, centred, frame, frames, strip
from saddle.rendering.shared.gif import write_gif
from stages.variant import chosen_variant

NAMES = {"gan": "GAN", "wgan": "WGAN", "wgan_gp": "WGAN-GP"}


@reports_user_errors
def main() -> None:
    """Read snapshots, held-out points and W2 over time; write a GIF, its last frame and a strip of moments."""
    variant = chosen_variant(Variant)
    points = load_settings().points
    held_out = read_arrays("data/prepared/points.npz", ("test",))["test"][: points.max_points]
    snapshots = read_arrays(f"data/samples/points/{variant}.npz", ("x", "y", "epoch", "step", "samples", "surface"))
    curve = read_table(f"plots/points/{variant}/w2.csv", ("w2_ratio",))
    full_batch = points.recipe == "full_batch"
    unit, moments = ("step", snapshots["step"]) if full_batch else ("epoch", snapshots["epoch"])
    critic = points.variant(variant).objective == "wasserstein"
    film = PointsFilm(
        name=NAMES[variant],
        x=snapshots["x"],
        y=snapshots["y"],
        surface=centred(snapshots["surface"]) if critic else snapshots["surface"],
        samples=snapshots["samples"],
        held_out=held_out,
        times=[f"{unit} {moment:.0f}" for moment in moments],
        ratios=curve["w2_ratio"].tolist(),
        score="critic's value less its mean" if critic else "D(x), probability of real",
    )
    folder = f"plots/points/{variant}"
    write_gif(f"{folder}/training.gif", frames(film))
    for name, figure in (("final.png", frame(film, len(film) - 1)), ("strip.png", strip(film))):
        with replacing(f"{folder}/{name}") as part:
            figure.savefig(part, metadata={"Software": None})


if __name__ == "__main__":
    main()
