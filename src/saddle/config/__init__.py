"""params.yaml -> typed, validated settings.

Every value comes from the file: there are no defaults here, so this package decides what is allowed but
never what is used, and no stage needs to rerun when it changes. What stands below a setting is its
description: on the page of parameters, and in editors, by params.schema.json.
"""

from saddle.config.images import ImageBudget, ImageVariant, MNISTSettings
from saddle.config.networks import (
    BatchNormSettings,
    CompactPair,
    ConstraintSettings,
    MLPPair,
    MLPSettings,
    Networks,
    ProGANPair,
    Updates,
)
from saddle.config.points import FULL_BATCH, PointsRecipe, PointsSettings, PointsVariant, Window
from saddle.config.section import Features, Objective, Optimizer, Section
from saddle.config.sefa import SefaFile, SefaGenerator, SefaSettings
from saddle.config.sentences import checked
from saddle.config.settings import ComparisonSettings, Settings, load_settings, settings_of

__all__ = [
    "FULL_BATCH",
    "BatchNormSettings",
    "CompactPair",
    "ComparisonSettings",
    "ConstraintSettings",
    "Features",
    "ImageBudget",
    "ImageVariant",
    "MLPPair",
    "MLPSettings",
    "MNISTSettings",
    "Networks",
    "Objective",
    "Optimizer",
    "PointsRecipe",
    "PointsSettings",
    "PointsVariant",
    "ProGANPair",
    "Section",
    "SefaFile",
    "SefaGenerator",
    "SefaSettings",
    "Settings",
    "Updates",
    "Window",
    "checked",
    "load_settings",
    "settings_of",
]
