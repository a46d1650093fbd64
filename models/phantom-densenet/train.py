#!/usr/bin/python3
"""Trains the phantom DenseNet on what make-training-set.ts wrote.

Usage: train.py FOLDER OUT [MINUTES]    (PyTorch 1.13, two CPU threads)
Validation: the shards from seed 100000 on. The best epoch so far lies in OUT/best.pt; export.py makes the model of it.
"""
import json, math, sys, time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from network import LABELS, PhantomDenseNet, grad_cam

VALIDATION_SEED = 100_000
BATCH, PEAK_RATE, POINTING_WEIGHT = 32, 4e-3, 0.25
CELLS = 14
torch.manual_seed(1)
torch.set_num_threads(2)


def read_shard(path):
    pixels = np.fromfile(path, "<i2").reshape(-1, 1, 224, 224)
    rows = [json.loads(line) for line in path.with_suffix(".jsonl").open()]
    assert len(rows) == len(pixels), path
    labels = np.zeros((len(rows), len(LABELS)), np.float32)
    cells = np.zeros((len(rows), len(LABELS), CELLS, CELLS), bool)
    boxes = []
    centres = (np.arange(CELLS) + 0.5) * 224 / CELLS
    for i, row in enumerate(rows):
        for finding in row["findings"]:
            c = LABELS.index(finding["label"])
            labels[i, c] = 1
            for x0, y0, x1, y1 in finding["boxes"]:
                inside = ((centres >= y0) & (centres < y1))[:, None] & ((centres >= x0) & (centres < x1))[None]
                # the cell that holds the middle of the box counts even when its centre lies outside
                row_, column = (int(np.clip(v * CELLS / 224, 0, CELLS - 1)) for v in ((y0 + y1) / 2, (x0 + x1) / 2))
                inside[row_, column] = True
                cells[i, c] |= inside
        boxes.append({f["label"]: f["boxes"] for f in row["findings"] if f["focal"]})
    return pixels, labels, cells, boxes


def read_set(folder, wanted):
    shards = [read_shard(p) for p in sorted(Path(folder).glob("*.i16")) if wanted(int(p.stem))]
    return [np.concatenate(part) for part in list(zip(*shards))[:3]] + [[b for s in shards for b in s[3]]]


def augment(x):
    """Contrast, brightness and a little noise; the geometry varies enough in the phantoms themselves."""
    n = len(x)
    gain = torch.empty(n, 1, 1, 1).uniform_(0.85, 1.15)
    shift = torch.empty(n, 1, 1, 1).uniform_(-80, 80)
    noise = torch.randn_like(x) * torch.empty(n, 1, 1, 1).uniform_(0, 12)
    return (x * gain + shift + noise).clamp_(-1024, 1024)


def auroc(truth, score):
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    ranks[order] = np.arange(1, len(score) + 1)
    positive = truth.sum()
    return (ranks[truth == 1].sum() - positive * (positive + 1) / 2) / (positive * (len(truth) - positive))


def pointing_loss(features, weight, cells, labels):
    """Minus the logarithm of the heat map's share inside the boxes, softmax over the cells."""
    maps = grad_cam(features, weight).flatten(2)
    maps = maps - maps.mean(2, keepdim=True)
    share = F.log_softmax(2 * maps / (maps.pow(2).mean(2, keepdim=True) + 1e-12).sqrt(), 2)
    inside = torch.logsumexp(share.masked_fill(~cells.flatten(2), -1e4), 2)
    return -(inside * labels).sum() / labels.sum().clamp(min=1)


@torch.no_grad()
def validate(model, pixels, boxes):
    model.eval()
    logits, hits, shown = [], np.zeros(len(LABELS)), np.zeros(len(LABELS))
    for start in range(0, len(pixels), 64):
        out, features = model(torch.from_numpy(pixels[start:start + 64].astype(np.float32)))
        logits.append(out.numpy())
        maps = grad_cam(features, model.weight).numpy()
        for i, truth in enumerate(boxes[start:start + 64]):
            for label, places in truth.items():
                c = LABELS.index(label)
                y, x = np.unravel_index(maps[i, c].argmax(), maps[i, c].shape)
                y, x = (y + 0.5) * 224 / maps.shape[2], (x + 0.5) * 224 / maps.shape[3]
                margin = lambda a, b: 0.1 * (b - a)
                shown[c] += 1
                hits[c] += any(x0 - margin(x0, x1) <= x <= x1 + margin(x0, x1) and
                               y0 - margin(y0, y1) <= y <= y1 + margin(y0, y1) for x0, y0, x1, y1 in places)
    return np.concatenate(logits), hits, shown


def main(folder, out, minutes=30.0):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    log = (out / "training.log").open("w")

    def say(text):
        print(text, flush=True)
        print(text, file=log, flush=True)

    known = []
    vpixels, vlabels, _, vboxes = read_set(folder, lambda seed: seed >= VALIDATION_SEED)
    model = PhantomDenseNet()
    decay = [p for p in model.parameters() if p.dim() > 1]
    rest = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 1e-2}, {"params": rest, "weight_decay": 0}], PEAK_RATE)
    say(f"validation {len(vpixels)} phantoms, torch {torch.__version__}, "
        f"{sum(p.numel() for p in model.parameters())} parameters, {minutes:g} minutes, batch {BATCH}")
    began, best, epoch = time.time(), 0.0, 0
    while time.time() - began < minutes * 60:
        epoch += 1
        model.train()
        # shards still being drawn when training begins join at the next epoch
        if (present := sorted(p.stem for p in Path(folder).glob("*.i16"))) != known:
            known = present
            pixels, labels, cells, _ = read_set(folder, lambda seed: seed < VALIDATION_SEED)
        order, total, pointed, count, started = np.random.RandomState(epoch).permutation(len(pixels)), 0, 0, 0, time.time()
        for start in range(0, len(order) - BATCH + 1, BATCH):
            done = (time.time() - began) / (minutes * 60)
            if done >= 1:
                break
            rate = PEAK_RATE * min(1, done / 0.03 + 0.05) * (0.5 + 0.5 * math.cos(math.pi * done) + 0.005)
            for group in optimizer.param_groups:
                group["lr"] = rate
            chosen = np.sort(order[start:start + BATCH])
            truth = torch.from_numpy(labels[chosen])
            logits, features = model(augment(torch.from_numpy(pixels[chosen].astype(np.float32))))
            loss = F.binary_cross_entropy_with_logits(logits, truth, pos_weight=torch.tensor(3.0))
            pointing = pointing_loss(features, model.weight, torch.from_numpy(cells[chosen]), truth)
            optimizer.zero_grad()
            (loss + POINTING_WEIGHT * pointing).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            total, pointed, count = total + loss.item(), pointed + pointing.item(), count + 1
            if count % 50 == 0:
                print(f"  {epoch}.{count} loss {total / count:.4f} pointing {pointed / count:.3f} "
                      f"{count * BATCH / (time.time() - started):.0f}/s", flush=True)
        vlogits, hits, shown = validate(model, vpixels, vboxes)
        areas = [auroc(vlabels[:, c], vlogits[:, c]) for c in range(len(LABELS))]
        score = float(np.mean(areas)) + 0.5 * hits.sum() / shown.sum()
        say(f"epoch {epoch} ({len(pixels)} phantoms) at {(time.time() - began) / 60:.1f} min: loss {total / count:.4f} pointing loss {pointed / count:.3f} "
            f"validation macro AUROC {np.mean(areas):.4f} (least {min(areas):.3f} {LABELS[int(np.argmin(areas))]}) "
            f"pointing {hits.sum() / shown.sum():.3f}")
        torch.save(model.state_dict(), out / "last.pt")
        if score > best:
            best = score
            torch.save(model.state_dict(), out / "best.pt")
            say("  best so far; " + ", ".join(f"{l} {a:.3f}/{h / max(1, s):.2f}" for l, a, h, s in zip(LABELS, areas, hits, shown)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(float, sys.argv[3:4]))
