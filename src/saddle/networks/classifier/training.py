"""Training and testing the digit classifier."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from saddle.core.network import initialized
from saddle.core.randomness import torch_rng
from saddle.data.mnist.dataset import normalized
from saddle.errors import UserError
from saddle.networks.classifier import SIZE, Classifier
from saddle.progress import progress_bar
from saddle.training.checkpoints import Checkpoints

# Whole test sets at once would need gigabytes for the first block's maps.
TEST_BATCH = 1000
# Digits written a little elsewhere are the same digits.
MOST_SHIFT = 2


@dataclass
class _Course:
    """A training of the classifier at one moment: all that its checkpoint holds.

    step: how many are done. order: this epoch's permutation of the images.
    """

    classifier: Classifier
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    rng: torch.Generator
    step: int = 0
    order: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.long))

    def state_dict(self) -> dict[str, Any]:
        """Itself for `torch.save`."""
        return {
            "classifier": self.classifier.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "rng": self.rng.get_state(),
            "step": self.step,
            "order": self.order,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.classifier.load_state_dict(state["classifier"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.rng.set_state(state["rng"].cpu())
        self.step = state["step"]
        self.order = state["order"].cpu()


def train_classifier(
    images: Tensor,
    labels: Tensor,
    *,
    epochs: int,
    batch_size: int,
    lr: float,
    seed: int,
    device: torch.device,
    checkpoints: Checkpoints | None = None,
) -> Classifier:
    """Train on images (n, 28, 28) uint8 and labels (n,) with Adam, a one-cycle schedule and random shifts.

    lr: the schedule's peak (Smith and Topin, Super-Convergence, 2018). Same seed, same weights, also of a training that
    was stopped and went on from `checkpoints`. Raises `UserError` if the images fill no batch.
    """
    if len(images) < batch_size:
        raise UserError(
            f"mnist.classifier.batch_size is {batch_size}, more than the {len(images)} training images; lower it"
        )
    classifier = initialized(Classifier, seed, "classifier weights").to(device).train()
    images, labels = images.to(device), labels.long().to(device)
    steps_per_epoch = len(images) // batch_size
    steps = epochs * steps_per_epoch
    optimizer = torch.optim.Adam(classifier.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    course = _Course(classifier, optimizer, schedule, torch_rng(seed, "classifier data order"))
    if checkpoints is not None and (before := checkpoints.newest()) is not None:
        course.load_state_dict(before)
    loss_of = nn.CrossEntropyLoss()
    with progress_bar("classifier", steps, "step", done=course.step) as bar:
        while course.step < steps:
            place = course.step % steps_per_epoch
            if place == 0:
                course.order = torch.randperm(len(images), generator=course.rng)
            chosen = course.order[place * batch_size : (place + 1) * batch_size].to(device)
            batch = _shifted(normalized(images[chosen], SIZE), course.rng)
            loss = loss_of(classifier(batch), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            course.step += 1
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
            bar.update()
            if checkpoints is not None:
                checkpoints.write_if_due(course.state_dict)
    return classifier.eval()


def _shifted(images: Tensor, rng: torch.Generator) -> Tensor:
    """The whole batch moved by up to two pixels each way; background comes in at the edge."""
    down, right = torch.randint(-MOST_SHIFT, MOST_SHIFT + 1, (2,), generator=rng).tolist()
    padded = nn.functional.pad(images, [MOST_SHIFT] * 4, value=-1.0)
    top, left = MOST_SHIFT - down, MOST_SHIFT - right
    return padded[:, :, top : top + images.shape[2], left : left + images.shape[3]]


@torch.no_grad()
def accuracy(classifier: Classifier, images: Tensor, labels: Tensor) -> float:
    """The fraction of `images` (n, 28, 28) uint8 that are classified as `labels` (n,) say."""
    device = next(classifier.parameters()).device
    right = 0
    for start in range(0, len(images), TEST_BATCH):
        chosen = slice(start, start + TEST_BATCH)
        predicted = classifier(normalized(images[chosen].to(device), SIZE)).argmax(1).cpu()
        right += int((predicted == labels[chosen]).sum())
    return right / len(images)
