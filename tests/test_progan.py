import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from saddle.core.model_file import load_model, save_model
from saddle.core.network import initialized
from saddle.networks.progan import ProGANDiscriminator, ProGANGenerator
from saddle.networks.progan.layers import (
    minibatch_stddev,
    reduced_detail,
)

VECTORS = Path(__file__).parent / "vectors"
SMALL = {"fmaps_base": 64, "fmaps_max": 8}


def generator_and_critic(resolution=16, channels=1):
    generator = initialized(ProGANGenerator, 0, "test", latent_dim=6, resolution=resolution, channels=channels, **SMALL)
    critic = initialized(ProGANDiscriminator, 0, "test critic", resolution=resolution, channels=channels, **SMALL)
    for network in (generator, critic):
        for parameter in network.parameters():
            if parameter.ndim == 1:  # biases start at zero, where many mistakes would not show
                torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(len(parameter)))
    return generator, critic


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("lod", ["0.0", "0.4", "1.0", "1.5", "2.0"])
def test_images_match_the_reference(lod):
    with np.load(VECTORS / "pggan_r16.npz") as vectors:
        state = {key[6:]: torch.from_numpy(vectors[key]) for key in vectors if key.startswith("state/")}
        latents, expected = torch.from_numpy(vectors["z"]), vectors[f"image_lod_{lod}"]
    generator = ProGANGenerator(latent_dim=24, resolution=16, fmaps_base=256, fmaps_max=32)
    generator.load_state_dict({**state, "lod": torch.tensor(float(lod))})
    np.testing.assert_allclose(generator.sample(latents), expected, atol=1e-4)


def test_the_public_model_has_the_published_names_and_shapes():
    published = json.loads((VECTORS / "pggan_celebahq1024_state_dict.json").read_text())
    with torch.device("meta"):
        generator = ProGANGenerator(latent_dim=512, resolution=1024)
    assert {key: list(tensor.shape) for key, tensor in generator.state_dict().items()} == published
    assert list(generator.state_dict()) == list(published)


@pytest.mark.parametrize("resolution", [8, 16])
@pytest.mark.parametrize("channels", [1, 3])
def test_generator_and_critic_agree_on_the_shape_at_every_level(resolution, channels):
    generator, critic = generator_and_critic(resolution, channels)
    for lod in np.arange(0, generator.max_lod + 0.5, 0.5):
        generator.set_lod(lod)
        critic.set_lod(lod)
        images = generator(noise(5, 6))
        assert images.shape == (5, *generator.sample_shape) == (5, channels, resolution, resolution)
        assert critic(images).shape == (5,)


@pytest.mark.parametrize("lod", [0, 1, 2])
def test_both_networks_are_continuous_in_the_level(lod):
    generator, critic = generator_and_critic()
    latents, images = noise(4, 6), noise(4, 1, 16, 16, seed=1)
    for network, argument in ((generator, latents), (critic, images)):
        network.set_lod(lod)
        exact = network(argument)
        for near in (lod - 1e-6, lod + 1e-6):
            if 0 <= near <= network.max_lod:
                network.set_lod(near)
                torch.testing.assert_close(network(argument), exact, atol=1e-4, rtol=1e-4)


def test_reduced_detail_keeps_the_mean_and_blends():
    images = noise(2, 3, 16, 16)
    for lod in (0, 0.5, 1, 1.5, 2):
        torch.testing.assert_close(reduced_detail(images, lod).mean((2, 3)), images.mean((2, 3)))
    assert torch.equal(reduced_detail(images, 0), images)
    between = 0.75 * reduced_detail(images, 1) + 0.25 * reduced_detail(images, 2)
    torch.testing.assert_close(reduced_detail(images, 1.25), between)


def test_gradient_reaches_every_layer_that_the_level_uses():
    generator, critic = generator_and_critic()
    finest = generator.max_lod
    for lod, outputs in ((0, {finest}), (0.5, {finest, finest - 1}), (1, {finest - 1})):
        generator.set_lod(lod)
        critic.set_lod(lod)
        generator.zero_grad()
        critic.zero_grad()
        critic(generator(noise(6, 6))).square().sum().backward()
        reached = {name for name, p in generator.named_parameters() if p.grad is not None and p.grad.any()}
        layers = range(2 * (generator.max_lod - int(lod)) + 2)
        expected = [f"layer{n}" for n in layers] + [f"output{n}" for n in outputs]
        assert reached == {f"{layer}.{part}" for layer in expected for part in ("weight", "bias")}
        read = {name for name, p in critic.named_parameters() if p.grad is not None and p.grad.any()}
        assert {name for name in read if name.startswith("inputs")} == {
            f"inputs.{n}.{part}" for n in outputs for part in ("weight", "bias")
        }
        assert {name for name, _ in critic.named_parameters() if name.startswith("judge")} <= read
        assert len([name for name in read if name.startswith("blocks")]) == 4 * (finest - int(lod))


def test_the_critic_can_be_differentiated_twice():
    _, critic = generator_and_critic(resolution=8)
    critic.double()
    critic.set_lod(0.5)
    images = noise(3, 1, 8, 8).double().requires_grad_()
    # Along random directions instead of every entry, which takes a fraction of the time.
    assert torch.autograd.gradcheck(critic, images, fast_mode=True)
    assert torch.autograd.gradgradcheck(critic, images, fast_mode=True)


def test_minibatch_stddev_of_known_values():
    # One feature, one pixel: the deviation of 0, 0, 2, 2 is 1, that of four equal values 0.
    features = torch.tensor([0.0, 0, 2, 2, 5, 5, 5, 5]).reshape(8, 1, 1, 1)
    result = minibatch_stddev(features)
    assert result.shape == (8, 2, 1, 1)
    assert torch.equal(result[:, :1], features)
    torch.testing.assert_close(result[:, 1, 0, 0], torch.tensor([1.0] * 4 + [1e-4] * 4))


def test_minibatch_stddev_splits_other_batches_evenly():
    features = noise(7, 2, 3, 3)
    channel = minibatch_stddev(features)[:, 2, 0, 0]
    first, second = (part.numpy().std(axis=0).mean() for part in (features[:4], features[4:]))
    np.testing.assert_allclose(channel, [first] * 4 + [second] * 3, rtol=1e-5)
    groups = [len(set(minibatch_stddev(noise(n, 1, 2, 2))[:, 1, 0, 0].tolist())) for n in range(1, 10)]
    assert groups == [1, 1, 1, 1, 2, 2, 2, 2, 3]
    assert minibatch_stddev(noise(1, 1, 2, 2))[0, 1, 0, 0] == pytest.approx(1e-4)


def test_the_level_survives_saving_and_copying(tmp_path):
    generator, critic = generator_and_critic()
    generator.set_lod(0.1)
    critic.set_lod(1.3)
    save_model(tmp_path / "model.safetensors", {"generator": generator, "discriminator": critic}, {})
    model = load_model(tmp_path / "model.safetensors", ("generator", "discriminator"))
    # Bit for bit: the level is what the float32 buffer can hold, not the number that was asked for.
    assert model["generator"].level == generator.level == float(generator.lod)
    assert torch.equal(model["generator"](noise(2, 6)), generator(noise(2, 6)))
    assert torch.equal(model["discriminator"](generator(noise(2, 6))), critic(generator(noise(2, 6))))
    copied = copy.deepcopy(generator)
    copied.set_lod(2)
    assert (copied.level, float(copied.lod)) == (2, 2)
    assert float(generator.lod) == generator.level != 2
    copied.load_state_dict(generator.state_dict())
    assert copied.level == generator.level
