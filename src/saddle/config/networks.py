"""Settings of networks, and of how they are trained, that points and images share."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from saddle.config.section import (
    Features,
    Fraction,
    LearningRate,
    Objective,
    PositiveFloat,
    PositiveInt,
    Section,
)


class NoConstraint(Section):
    """The critic is left free, as in the original GAN."""

    kind: Literal["none"]


class ClippingSettings(Section):
    """Weight clipping (WGAN)."""

    kind: Literal["weight_clipping"]
    limit: PositiveFloat
    """c, above 0: every parameter of the critic is clamped to [-c, c] after each of its updates."""


class GradientPenaltySettings(Section):
    """Gradient penalty (WGAN-GP)."""

    kind: Literal["gradient_penalty"]
    weight: PositiveFloat
    """lambda, above 0: weight of the penalty in the critic's loss."""


class ZeroCentredPenaltySettings(Section):
    """R1 penalty: gamma / 2 times the squared gradient at real samples (Mescheder et al. 2018)."""

    kind: Literal["r1"]
    weight: PositiveFloat
    """gamma, above 0."""
    every: PositiveInt
    """The penalty is taken at one update of the critic in so many, and is then so many times as strong."""


ConstraintSettings = Annotated[
    NoConstraint | ClippingSettings | GradientPenaltySettings | ZeroCentredPenaltySettings, Field(discriminator="kind")
]


MOST_LAYERS = 100


class BatchNormSettings(Section):
    """Batch normalization after every hidden layer but the first."""

    eps: PositiveFloat
    """What is added to the variance, above 0."""
    statistics: Literal["running", "batch"]
    """What normalizes a sample when it is drawn: the samples beside it, as in training, or the training's averages."""


class MLPSettings(Section):
    """The hidden layers of a fully connected network."""

    hidden: Annotated[list[Features], Field(min_length=1, max_length=MOST_LAYERS)]
    """Features of each hidden layer."""
    activation: Literal["relu", "leaky_relu"]
    """What follows each hidden layer."""
    negative_slope: Fraction
    """Slope of leaky_relu below 0; 0 for relu."""
    batch_norm: BatchNormSettings | None
    """Batch normalization; null for none."""
    dropout: Fraction
    """Share of features that training leaves out after each hidden layer."""


class Variant(Section):
    """What tells one variant from another."""

    objective: Objective
    """The loss."""
    constraint: ConstraintSettings
    """What keeps the critic smooth."""
    critic_steps: PositiveInt
    """Updates of the discriminator for one of the generator, each on a batch of its own."""


class Updates(Section):
    """How the two networks are updated: in which order, at what learning rate, with which betas."""

    lr: LearningRate
    """Learning rate of both networks' optimizers."""
    lr_decay: Literal["none", "linear", "cosine"]
    """How lr falls to 0 over the run."""
    b1: Fraction
    """First beta of both optimizers; only those of Adam's kind have betas."""
    b2: Fraction
    """Second beta of both optimizers."""
    update_first: Literal["generator", "discriminator"]
    """Which network each step updates first."""
    fakes: Literal["shared", "redrawn", "fresh"]
    """What both updates of a step see: one batch of fakes, its latents drawn again, or each a batch of its own."""


class MLPPair(Section):
    """Two fully connected networks."""

    kind: Literal["mlp"]
    generator: MLPSettings
    """Layers of the generator."""
    discriminator: MLPSettings
    """Layers of the discriminator."""


class DCGANPair(Section):
    """R4's convolutional networks; nothing in them is a setting but the size and channels of the images."""

    kind: Literal["dcgan"]


class CompactPair(Section):
    """A small convolutional pair."""

    kind: Literal["compact"]
    generator: Annotated[list[Features], Field(min_length=3, max_length=3)]
    """Features of the first layer, then feature maps at a quarter and at half of img_size."""
    discriminator: Annotated[list[Features], Field(min_length=3, max_length=3)]
    """Feature maps at half and at a quarter of img_size, then features of the layer before the last."""
    modes: Annotated[int, Field(ge=0)]
    """How many latents choose one of as many modes; 0: none do."""


class ProGANPair(Section):
    """A progressively growing pair: feature maps at resolution r are min(fmaps_base // r, fmaps_max)."""

    kind: Literal["progan"]
    fmaps_base: PositiveInt
    """Feature maps at resolution r are this over r, rounded down."""
    fmaps_max: Features
    """Most feature maps at any resolution."""
    stabilize: Annotated[list[PositiveFloat], Field(min_length=2)]
    """Shares of the steps at each resolution, from 4 pixels up."""
    fade: Annotated[list[PositiveFloat], Field(min_length=1)]
    """Shares of the steps that fade in each further resolution."""

    @model_validator(mode="after")
    def _one_fade_between_two_levels(self) -> "ProGANPair":
        if len(self.fade) != len(self.stabilize) - 1:
            raise ValueError(
                f"stabilize has {len(self.stabilize)} entries, one a resolution, so fade must have "
                f"{len(self.stabilize) - 1}, found {len(self.fade)}"
            )
        return self


# The packages of saddle.networks that make a pair; a test holds them equal.
Networks = Annotated[MLPPair | DCGANPair | CompactPair | ProGANPair, Field(discriminator="kind")]
