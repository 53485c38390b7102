"""Training and testing the classifier whose features measure image generators."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from saddle.core.network import initialized
from saddle.core.randomness import torch_rng
from saddle.data.images import channels_of, normalized
from saddle.networks.classifier import AttributeReader, Classifier, random_features
from saddle.rendering.live.progress import progress_bar
from saddle.training.checkpoints import Checkpoints

# Pixels a side that the network sees at most.
LARGEST = 64
# Whole test sets at once would need gigabytes for the first block's maps.
TEST_BATCH = 1000


def train_classifier(
    images: Tensor,
    labels: Tensor,
    *,
    classes: int | Mapping[str, Sequence[str]] = 10,
    steps: int,
    batch_size: int,
    lr: float,
    seed: int,
    device: torch.device,
    checkpoints: Checkpoints | None = None,
) -> Classifier:
    """Train on images and labels, as in `ImageData`, with Adam, a one-cycle schedule and random shifts.

    classes: how many; or the values of attributes by their names, for an `AttributeReader` and labels (n, attributes).
    batch_size: images a step; all of them if they are fewer. lr: the schedule's peak (Smith and Topin,
    Super-Convergence, 2018). Same seed, same weights, also of a training that was stopped and went on from
    `checkpoints`.
    """
    outputs = {"classes": classes} if isinstance(classes, int) else {"values": classes}
    made = Classifier if isinstance(classes, int) else AttributeReader
    classifier = initialized(made, seed, "classifier weights", **_shape(images), **outputs)
    classifier = classifier.to(device).train()
    images, labels = images.to(device), labels.long().to(device)
    batch_size = min(batch_size, len(images))
    steps_per_epoch = len(images) // batch_size
    optimizer = torch.optim.Adam(classifier.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    rng = torch_rng(seed, "classifier data order")
    parts: dict[str, Any] = {"classifier": classifier, "optimizer": optimizer, "schedule": schedule}
    done, order = 0, torch.empty(0, dtype=torch.long)

    def kept() -> dict[str, Any]:
        states = {name: part.state_dict() for name, part in parts.items()}
        return {**states, "rng": rng.get_state(), "done": done, "order": order}

    if checkpoints is not None and (before := checkpoints.newest()) is not None:
        for name, part in parts.items():
            part.load_state_dict(before[name])
        rng.set_state(before["rng"].cpu())
        done, order = before["done"], before["order"].cpu()
    loss_of = nn.CrossEntropyLoss()
    with progress_bar("classifier", steps, "step", done=done) as bar:
        while done < steps:
            place = done % steps_per_epoch
            if place == 0:
                order = torch.randperm(len(images), generator=rng)
            chosen = order[place * batch_size : (place + 1) * batch_size].to(device)
            batch = _shifted(normalized(images[chosen], classifier.size), classifier.most_shift, rng)
            if classifier.noise:
                batch = batch + classifier.noise * torch.randn(batch.shape, generator=rng).to(device)
            loss = loss_of(classifier(batch), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            done += 1
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
            bar.update()
            if checkpoints is not None:
                checkpoints.write_if_due(kept)
    return classifier.eval()


def untrained(images: Tensor) -> Classifier:
    """What extracts features of such images, as in `ImageData`, where they have no labels: see `random_features`."""
    return random_features(**_shape(images))


def _shape(images: Tensor) -> dict[str, int]:
    return {"size": min(images.shape[1], LARGEST), "channels": channels_of(images)}


def _shifted(images: Tensor, most: int, rng: torch.Generator) -> Tensor:
    """The whole batch moved by up to `most` pixels each way; what is at an edge goes on beyond it."""
    down, right = torch.randint(-most, most + 1, (2,), generator=rng).tolist()
    padded = nn.functional.pad(images, [most] * 4, mode="replicate")
    top, left = most - down, most - right
    return padded[:, :, top : top + images.shape[2], left : left + images.shape[3]]


@torch.no_grad()
def accuracy(classifier: Classifier, images: Tensor, labels: Tensor) -> Tensor:
    """The fraction of `images`, as in `ImageData`, that are classified as `labels` (n,) say; of (n, k) one for each."""
    device = next(classifier.parameters()).device
    parts = (normalized(part.to(device), classifier.size) for part in images.split(TEST_BATCH))
    predicted = torch.cat([classifier(part).argmax(1).cpu() for part in parts])
    return (predicted == labels).double().mean(0)
