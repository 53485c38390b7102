"""The classifier of digits whose features measure the image generators, and its training."""

from saddle.networks.classifier.network import Classifier

NETWORKS = {"classifier": Classifier}

__all__ = ["NETWORKS", "Classifier"]
