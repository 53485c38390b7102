"""Steps on a CUDA device as CUDA graphs: recorded once, then played back in one launch each.

A step of small networks is a few hundred kernels of microseconds. Launching them one by one from Python takes several
times as long as computing them; a graph launches all of them at once.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from saddle.training.state import StepRecord, TrainingState

# What a step depends on beside the state on the device: the indices of the real samples of each of the discriminator's
# updates, and whether it is penalized.
Step = Callable[[Sequence[Tensor], Sequence[bool]], StepRecord]

# Steps of a kind before it is recorded: in the first ones libraries set themselves up, which no graph may hold.
WARM_UP = 3


@dataclass(frozen=True)
class _Recording:
    graph: torch.cuda.CUDAGraph
    chosen: list[Tensor]
    figures: Tensor

    def play(self, chosen: Sequence[Tensor]) -> StepRecord:
        for kept, new in zip(self.chosen, chosen, strict=True):
            kept.copy_(new)
        self.graph.replay()
        # A copy, since the next playback writes over them.
        return StepRecord(*self.figures.clone().unbind())


def replayed(state: TrainingState, step: Step) -> Step:
    """`step` on the CUDA device of `state`, which after its first calls is played back.

    Steps that are penalized alike must do the same, but for the tensors that they find: those of the state, which stay
    where they are (networks, moments, learning rates), the samples of `chosen`, and the states of the random
    generators, which a graph follows. Those penalized differently are recorded one by one. The bytes are `step`'s.
    """
    stream, pool = torch.cuda.Stream(state.device), torch.cuda.graph_pool_handle()
    recordings: dict[tuple[bool, ...], _Recording] = {}
    done: Counter[tuple[bool, ...]] = Counter()

    def warm_up(chosen: Sequence[Tensor], due: Sequence[bool]) -> StepRecord:
        # On the stream of the recording: PyTorch keeps with each gradient on which stream it was first computed.
        stream.wait_stream(torch.cuda.current_stream(state.device))
        with torch.cuda.stream(stream):
            record = step(chosen, due)
        torch.cuda.current_stream(state.device).wait_stream(stream)
        return record

    def recorded(chosen: Sequence[Tensor], due: Sequence[bool]) -> _Recording:
        graph = torch.cuda.CUDAGraph()
        for rng in state.rngs.values():
            if rng.device.type == "cuda":
                graph.register_generator_state(rng)
        kept = [samples.clone() for samples in chosen]
        with torch.cuda.graph(graph, pool=pool, stream=stream, capture_error_mode="thread_local"):
            record = step(kept, due)
            figures = torch.stack(record)
        return _Recording(graph, kept, figures)

    def play(chosen: Sequence[Tensor], due: Sequence[bool]) -> StepRecord:
        kind = tuple(due)
        if kind not in recordings:
            done[kind] += 1
            if done[kind] <= WARM_UP:
                return warm_up(chosen, due)
            recordings[kind] = recorded(chosen, due)
        return recordings[kind].play(chosen)

    return play
