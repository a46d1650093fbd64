"""The same network in PyTorch, one thread: for each line (inference, pli, memory) the milliseconds, or the bytes at most."""
import resource
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures" / "torch"))
import make

torch.set_num_threads(1)
make.as_library()
model = torch.load(sys.argv[1]).eval()
x = make.image(224, 99)


def pli():
    """As make.py's reference, of one label."""
    guide = lambda module, inwards, outwards: (inwards[0].clamp(min=0),)
    hooks = []
    for module in model.modules():
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False
            hooks.append(module.register_full_backward_hook(guide))
    total = torch.zeros(224, 224)
    for noisy in make.noisy_copies(x):
        given = noisy.requires_grad_(True)
        (gradient,) = torch.autograd.grad(model(given)[0, 3], given)
        total += gradient[0, 0].abs()
    make.gaussian_blur(total[None], [5, 5])
    for hook in hooks:
        hook.remove()


def inference():
    with torch.no_grad():
        model(x.clone())


for line in sys.stdin:
    what = line.strip()
    if what == "memory":
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)
        continue
    started = time.perf_counter()
    {"inference": inference, "pli": pli}[what]()
    print((time.perf_counter() - started) * 1000, flush=True)
