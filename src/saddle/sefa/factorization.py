"""The factorization of Shen and Zhou, Closed-Form Factorization of Latent Semantics in GANs, 2021.

A generator's first layer is linear before its activation, G1(z) = A z + b, so G1(z + a n) = G1(z) + a A n:
among directions n of length one, those that change it the most are the eigenvectors of A^T A with the largest
eigenvalues.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from saddle.core.network import Generator
from saddle.errors import UserError
from saddle.networks.progan.layers import pixel_norm
from saddle.networks.progan.network import ProGANGenerator


class Factorization(NamedTuple):
    """What `factorize` finds, float64 on the CPU.

    eigenvalues: (latent_dim,), not negative, descending. directions: (latent_dim, latent_dim), one row for
    each eigenvalue; the rows are orthogonal and of length one.
    """

    eigenvalues: Tensor
    directions: Tensor

    def strongest(self, count: int) -> Tensor:
        """The first `count` directions, (count, latent_dim).

        Raises `UserError` if `count` is below one or there are not so many.
        """
        available = len(self.directions)
        if not 1 <= count <= available:
            raise UserError(f"num_semantics is {count}; allowed: 1 to {available}, the generator's latent size")
        return self.directions[:count]


def factorize(weight: Tensor) -> Factorization:
    """The eigenvalues and eigenvectors of W W^T for the matrix W, `weight`, as `first_layer` gives it.

    weight: (latent_dim, features). W is A transposed, so W W^T is the paper's A^T A. An eigenvalue is the
    squared length of A n for its direction n. Where latent_dim exceeds features, the last directions have
    eigenvalue 0 and change nothing. Eigenvectors have no sign of their own; here the component of largest
    magnitude is positive (the first of them if several are equally large), so that runs agree.

    R3 called a solver for general matrices and took the real part of what came back in no particular order.
    That is a mistake: W W^T is symmetric, so its eigenvalues are real and its eigenvectors can be chosen
    orthogonal, but a general solver guarantees neither; dropping an imaginary part leaves vectors that are no
    eigenvectors, and without sorting "the first five" are not the strongest five. A symmetric solver (`eigh`)
    in float64, sorted, has none of these faults.
    """
    matrix = weight.detach().cpu().double()
    eigenvalues, vectors = torch.linalg.eigh(matrix @ matrix.T)
    # In exact arithmetic none is negative; the smallest may come out so by rounding.
    return Factorization(eigenvalues.flip(0).clamp(min=0), _with_fixed_signs(vectors.T.flip(0)))


def _with_fixed_signs(directions: Tensor) -> Tensor:
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    return directions * torch.where(largest < 0, -1.0, 1.0)


def first_layer(generator: Generator) -> Tensor:
    """The matrix (latent_dim, features) that SeFa factorizes, detached.

    For ProGAN: layer0's weight, every column divided by its norm, as R3 has it, so that each feature of the
    4 x 4 map counts alike. For other generators: the transposed weight of the linear layer that meets the
    latent vector first (`mlp`, `dropout_mlp`, `dcgan`).

    Raises `UserError` if the first layer with weights is no linear layer of the latent vector.
    """
    if isinstance(generator, ProGANGenerator):
        matrix = generator.layer0.matrix().detach()
        return nn.functional.normalize(matrix, dim=0)
    layer = next((module for module in generator.modules() if list(module.parameters(recurse=False))), None)
    if not isinstance(layer, nn.Linear) or layer.in_features != generator.latent_dim:
        raise UserError(
            f"SeFa cannot factorize {type(generator).__name__}: its first layer is a {type(layer).__name__}; "
            f"allowed: ProGAN, or a linear layer of the latent vector ({generator.latent_dim} inputs)"
        )
    return layer.weight.detach().T


def starting_codes(generator: Generator, latents: Tensor) -> Tensor:
    """The codes that a traversal moves, for `latents` (n, latent_dim); same shape.

    ProGAN's first step is to normalize its latent vector, so only directions matter to it: its codes are
    pixel-normalized before they are moved, or the same distance would mean less for a longer vector. Other
    generators take `latents` as they are.
    """
    return pixel_norm(latents) if isinstance(generator, ProGANGenerator) else latents
