"""One size of one case, in a process of its own: `python -m benchmarks.growth.measure CASE SIZE`."""

import json
import sys
import time

from saddle.core.process import tune_process
from saddle.errors import reports_user_errors

# Timed steps take about so long, and there are no fewer than three.
SECONDS = 3.0


@reports_user_errors
def main() -> None:
    """Print seconds a step on one thread, and the peak memory in bytes."""
    # Before anything imports PyTorch.
    tune_process()
    import torch

    from benchmarks.growth.cases import CASES
    from benchmarks.measuring.clock import run
    from benchmarks.measuring.process import peak_memory

    torch.set_num_threads(1)
    training = CASES[sys.argv[1]].make(int(sys.argv[2]))
    run(training, 2)
    start = time.perf_counter()
    run(training, 1)
    steps = max(3, int(SECONDS / max(time.perf_counter() - start, 1e-4)))
    start = time.perf_counter()
    run(training, steps)
    print(json.dumps([(time.perf_counter() - start) / steps, peak_memory(torch.device("cpu"))]))


if __name__ == "__main__":
    main()
