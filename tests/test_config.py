"""params.yaml: every value checked, every error with the key's name, the value, and what is allowed."""

from typing import Any

import pytest
from conftest import PARAMS, ROOT

from saddle.config import Settings, load_settings, settings_of
from saddle.errors import UserError


def test_the_projects_own_file_is_valid_and_states_the_reports_settings() -> None:
    settings = load_settings(ROOT / "params.yaml")
    r3 = settings.points.recipes["minibatch"]
    assert (r3.batch_size, r3.lr, r3.latent_dim, r3.epochs) == (256, 5e-5, 2, 320)
    assert (r3.generator.hidden, r3.generator.negative_slope) == ([64, 256, 512], 0.2)
    assert r3.generator.batch_norm is not None
    assert r3.generator.batch_norm.eps == 0.8
    assert (r3.discriminator.hidden, r3.discriminator.batch_norm) == ([64, 256], None)
    assert r3.update_first == "generator"
    assert settings.points.recipes["full_batch"].batch_size is None
    assert settings.points.recipes["full_batch"].update_first == "discriminator"
    assert settings.points.recipes["full_batch"].variants["gan"].objective == "minimax"
    assert (r3.fakes, {variant.critic_steps for variant in r3.variants.values()}) == ("shared", {1})
    assert r3.variants["gan"].objective == "minimax"
    assert r3.variants["wgan"].constraint.model_dump() == {"kind": "weight_clipping", "limit": 0.1}
    assert r3.variants["wgan_gp"].constraint.model_dump() == {"kind": "gradient_penalty", "weight": 0.001}


def changed(params: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    *path, last = key.split(".")
    section = params
    for part in path:
        section = section[part]
    section[last] = value
    return params


GAN, MLP = PARAMS["points"]["recipes"]["minibatch"]["variants"]["gan"], PARAMS["images"]["variants"]["mlp"]
BAD_VALUES = [
    ("optimizer", "lion", "optimizer is 'lion'; allowed: rmsprop, adam, adamw, sgd"),
    ("seed", -1, "seed is -1"),
    ("device", "gpu", "device is 'gpu'; allowed: auto, cpu, cuda, cuda:N, mps"),
    ("points.train_size", 7000.5, "points.train_size is 7000.5"),
    ("points.recipe", "r3", "points: recipe is 'r3'; allowed: minibatch, full_batch, tuned"),
    ("points.variants", ["gan", "x"], "points: variants has 'x'; allowed: gan, wgan, wgan_gp, "),
    ("points.recipes.tuned.variants.gan.constraint", {"kind": "r1", "weight": 1.0}, "gan.constraint.every is missing"),
    ("points.colour", "red", "points.colour is not a known key"),
    ("points.recipes.minibatch.variants.wgan.constraint.kind", "spectral", "kind is 'spectral'; allowed: none, weight"),
    ("points.recipes.minibatch.variants.wgan_gp.constraint.weight", float("nan"), "constraint.weight is nan"),
    ("points.recipes.minibatch.generator.hidden", [8, 0], r"hidden\[1\] is 0"),
    ("points.recipes.minibatch.window", {"x": [1, 0], "y": [0, 1]}, r"low below high, found \[1.0, 0.0\]"),
    ("points.recipes.minibatch.window", {"x": [0, 1], "y": [0, 21]}, "window: 1 wide and 21 high; allowed: one up to"),
    ("titles.gan", "a\nb", r"titles.gan: 'a\\nb' is no title; allowed: one line of text"),
    ("comparison.full_batch_seeds", [0], r"comparison.full_batch_seeds is \[0\]; it should have at least 2 items"),
    ("images.variants.compact.networks.generator", [8], r"generator is \[8\]; it should have at least 3 items"),
    ("images.variants.dcgan.dataset", "x", "images: variants.dcgan.dataset is 'x'; allowed: mnist"),
    ("images.variants.dcgan.channels", 3, "images: variants.dcgan.channels is 3; its data set, mnist, has 1"),
    ("mnist", {"grid": 5}, "mnist is now called images, and mnist.source images.datasets.mnist.source"),
    ("sefa.random_samples", 300, "sefa: random_samples is 300; allowed: at most measure_samples, 200"),
    ("comparison.optimizers", ["adam", "adam"], "comparison.optimizers: 'adam' is named more than once"),
    ("comparison.scheduler", "localhost", "comparison.scheduler is 'localhost'"),
    ("sefa.generators", ["dcgan"], r"sefa.generators is \['dcgan'\]; it must be a mapping"),
    ("sefa.checkpoints", {"avatars": {"file": "x.pth"}}, "checkpoints has 'avatars', which is in generators too"),
    ("sefa.checkpoints", {"a": {"file": "x", "layers": "1-"}}, r"sefa.checkpoints.a.layers\[0\] is '1-'; allowed"),
    ("sefa.start", 3.0, "sefa: start must be below stop, found 3 and 2"),
    ("images.variants.progan.networks.fade", [1.0], "so fade must have 3, found 1"),
    ("points.recipes.minibatch.variants.Gan", GAN, r"minibatch.variants has the name 'Gan'; allowed: a small letter,"),
    ("images.variants.networks", {**MLP, "lr": -1.0}, "images.variants.networks.lr is -1.0; it should be greater than"),
    ("images.variants.floor_mnist", MLP, "images: variants has 'floor_mnist', which names files of another kind"),
    ("points.evaluation", 5, "points.evaluation is 5; it must be a mapping"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "message"), BAD_VALUES)
def test_a_bad_value_is_named_in_one_line(key: str, value: Any, message: str, params: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=f"^params.yaml: .*{message}") as error:
        settings_of(changed(params, key, value), "params.yaml")
    assert "\n" not in str(error.value)


def test_under_changes_a_copy(settings: Settings) -> None:
    assert settings.under("full_batch").points.recipe == "full_batch"
    assert settings.points.recipe == "minibatch"


def test_report_1s_recipe_is_always_there(params: dict[str, Any]) -> None:
    del params["points"]["recipes"]["full_batch"]
    with pytest.raises(UserError, match=r"points: recipes has no full_batch, which R1's comparison is trained by"):
        settings_of(params, "params.yaml")


def test_a_missing_key_is_named(params: dict[str, Any]) -> None:
    del params["points"]["variable"]
    with pytest.raises(UserError, match=r"points.variable is missing$"):
        settings_of(params, "params.yaml")


def test_any_legal_name_is_a_variant_and_has_a_title(params: dict[str, Any]) -> None:
    params["images"]["variants"]["wide-mlp_2"] = params["images"]["variants"]["mlp"]
    recipes = params["points"]["recipes"]
    recipes["my_recipe"] = recipes["minibatch"]
    recipes["minibatch"]["variants"]["mine"] = recipes["minibatch"]["variants"]["gan"]
    settings = settings_of(params, "params.yaml")
    assert settings.images.variant("wide-mlp_2") == settings.images.variant("mlp")
    assert settings.points.variant("mine") == settings.points.variant("gan")
    assert settings.under("my_recipe").points.chosen_recipe() == settings.points.chosen_recipe()
    assert (settings.title("mine"), settings.title("gan")) == ("mine", "GAN")


def test_a_variant_that_is_not_there_is_named_with_those_that_are(settings: Settings) -> None:
    with pytest.raises(UserError, match=r"^variant is 'vae'; allowed: gan, wgan, wgan_gp \(the keys of"):
        settings.points.variant("vae")


def test_several_problems_are_counted(params: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"\(and 1 more\)$"):
        settings_of({**params, "seed": -1, "scale": "huge"}, "params.yaml")
