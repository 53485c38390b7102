"""The networks have the reports' layers; model files come back as they were, or say why not."""

from pathlib import Path

import torch
from torch import nn

from saddle.core.model_file import load_model, save_model
from saddle.core.network import initialized
from saddle.networks.mlp import MLPDiscriminator, MLPGenerator


def r3_generator(seed: int = 0, statistics: str = "running", batch: int | None = None) -> MLPGenerator:
    return initialized(
        MLPGenerator,
        seed,
        "test",
        latent_dim=2,
        sample_shape=(2,),
        hidden=[64, 256, 512],
        activation="leaky_relu",
        negative_slope=0.2,
        batch_norm={"eps": 0.8, "statistics": statistics},
        reference_size=batch,
    )


def critic() -> MLPDiscriminator:
    return initialized(MLPDiscriminator, 0, "d", sample_shape=(2,), hidden=[64, 256], negative_slope=0.2)


def test_r3_generator_layer_by_layer() -> None:
    kinds = [type(layer) for layer in r3_generator().layers]
    linear, norm, leaky = nn.Linear, nn.BatchNorm1d, nn.LeakyReLU
    assert kinds == [linear, leaky, linear, norm, leaky, linear, norm, leaky, linear]
    norms = [layer for layer in r3_generator().layers if isinstance(layer, nn.BatchNorm1d)]
    assert [(layer.num_features, layer.eps, layer.momentum) for layer in norms] == [
        (256, 0.8, 0.1),
        (512, 0.8, 0.1),
    ]


def test_initial_weights_are_the_seeds_and_leave_the_global_generator_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    first = r3_generator().state_dict()
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(value, first[name]) for name, value in r3_generator().state_dict().items())
    assert not torch.equal(r3_generator(1).state_dict()["layers.0.weight"], first["layers.0.weight"])


def test_a_sample_does_not_depend_on_its_batch_and_sampling_leaves_the_mode() -> None:
    generator, latents = r3_generator().train(), torch.randn(8, 2)
    torch.testing.assert_close(generator.sample(latents)[:3], generator.sample(latents[:3]))
    assert generator.training


def test_batch_statistics_draw_samples_as_in_training_and_fill_up_a_small_batch() -> None:
    generator, latents = r3_generator(statistics="batch", batch=16).train(), torch.randn(40, 2)
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    samples = generator.sample(latents)
    torch.testing.assert_close(samples[:32], torch.cat([generator(latents[:16]), generator(latents[16:32])]).detach())
    filled = torch.cat([latents[32:], before["reference_batch"][8:]])
    torch.testing.assert_close(samples[32:], generator(filled).detach()[:8])
    assert torch.isfinite(generator.sample(latents[:1])).all()
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())


def test_statistics_change_neither_the_initial_weights_nor_what_training_computes() -> None:
    running, batch, latents = (
        r3_generator().train(),
        r3_generator(statistics="batch", batch=16).train(),
        torch.randn(9, 2),
    )
    assert torch.equal(running(latents), batch(latents))


def test_a_model_file_is_enough_to_rebuild_the_networks(tmp_path: Path) -> None:
    path, generator = tmp_path / "m.safetensors", r3_generator()
    generator(torch.randn(64, 2))  # moves the running statistics away from their start
    save_model(path, {"generator": generator, "discriminator": critic()}, {"variant": "gan"})
    model = load_model(path, ("generator", "discriminator"))
    latents = torch.randn(9, 2)
    assert torch.equal(model["generator"](latents), generator.sample(latents))
    assert model.facts == {"variant": "gan"}
    assert not model["generator"].training
    first = path.read_bytes()
    save_model(path, {"generator": generator, "discriminator": critic()}, {"variant": "gan"})
    assert path.read_bytes() == first
