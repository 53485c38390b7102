"""The factorization of Shen and Zhou, Closed-Form Factorization of Latent Semantics in GANs, 2021.

Before its activation, a generator's first layer is linear: G1(z) = A z + b. Moving z by a along a direction n
therefore moves the layer's output by a A n. Among directions of length one, the eigenvectors of A^T A with the
largest eigenvalues move it the most.

A style-based generator gives a code to each layer, by a linear map of its own. For several layers, A has the rows of
all of their maps.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from saddle.errors import UserError


class Factorization(NamedTuple):
    """What `factorize` finds, in float64 on the CPU.

    eigenvalues: (latent_dim,), none negative, largest first. directions: (latent_dim, latent_dim), one row for
    each eigenvalue; the rows are orthogonal and have length one.
    """

    eigenvalues: Tensor
    directions: Tensor

    def strongest(self, count: int) -> Tensor:
        """The first `count` directions, (count, latent_dim).

        Raises `UserError` if `count` is below one or above latent_dim.
        """
        available = len(self.directions)
        if not 1 <= count <= available:
            raise UserError(f"num_semantics is {count}; allowed: 1 to {available}, the generator's latent size")
        return self.directions[:count]


def factorize(weight: Tensor) -> Factorization:
    """The eigenvalues and eigenvectors of W W^T.

    weight: W, (latent_dim, features), as `Generator.first_layer` or `Generator.style_weights` gives it. W is A
    transposed, so W W^T is the paper's A^T A. The eigenvalue of a direction n is the squared length of A n. If
    latent_dim exceeds features, the last directions have eigenvalue 0 and change nothing. The sign of an eigenvector is
    arbitrary. Here its component of largest magnitude is positive, or the first of them if several are equally large,
    so that runs agree.

    R3 called a solver for general matrices and took the real parts of its eigenvectors in the order in which they
    came. That is a mistake. W W^T is symmetric, so its eigenvalues are real and its eigenvectors can be chosen
    orthogonal, but a general solver guarantees neither. The real part of a complex eigenvector need not be an
    eigenvector. And such a solver does not sort, so the first five need not be the strongest five. `eigh`, the solver
    for symmetric matrices, is free of these faults; it is used in float64.
    """
    matrix = weight.detach().cpu().double()
    eigenvalues, vectors = torch.linalg.eigh(matrix @ matrix.T)
    # `eigh` sorts upwards. Exact eigenvalues are not negative; rounding may make the smallest so.
    eigenvalues, directions = eigenvalues.flip(0).clamp(min=0), vectors.T.flip(0)
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    return Factorization(eigenvalues, directions * torch.where(largest < 0, -1.0, 1.0))
