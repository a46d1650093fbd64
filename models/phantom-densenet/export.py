#!/usr/bin/python3
"""OUT/best.pt -> phantom-densenet.onnx, classifier.f32 and operating-points.json beside this file.

Usage: export.py FOLDER OUT     (FOLDER holds the validation shards)
An operating point is the output with the greatest F1 on the validation phantoms.
"""
import json, sys
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn as nn

from network import LABELS, PhantomDenseNet
from train import VALIDATION_SEED, read_set, validate

HERE = Path(__file__).parent


class Exported(nn.Module):
    """The same with the scaled classifier as a plain linear layer."""

    def __init__(self, trained):
        super().__init__()
        self.features, self.scale = trained.features, 512.0
        self.classifier = nn.Linear(trained.weight.shape[1], len(LABELS))
        self.classifier.weight.data, self.classifier.bias.data = trained.weight.detach(), trained.classifier.bias.detach()

    def forward(self, x):
        features = self.features(x / self.scale)
        return self.classifier(torch.relu(features).mean((2, 3))), features


def best_f1(truth, logits):
    """The logit half-way between the last case called and the first not called where F1 is greatest."""
    order = np.argsort(-logits, kind="stable")
    truth, logits = truth[order], logits[order]
    hits = np.cumsum(truth)
    best = int((2 * hits / (np.arange(1, len(truth) + 1) + truth.sum())).argmax())
    return (logits[best] + logits[min(best + 1, len(logits) - 1)]) / 2


def main(folder, out):
    trained = PhantomDenseNet()
    trained.load_state_dict(torch.load(Path(out) / "best.pt"))
    trained.eval()
    model = Exported(trained).eval()
    file = HERE / "phantom-densenet.onnx"
    torch.onnx.export(model, torch.zeros(1, 1, 224, 224), str(file), opset_version=16, input_names=["input"],
                      output_names=["logits", "features"],
                      dynamic_axes={name: {0: "batch"} for name in ("input", "logits", "features")})
    onnx.checker.check_model(onnx.load(str(file)))
    model.classifier.weight.detach().numpy().astype("<f4").tofile(HERE / "classifier.f32")
    pixels, labels, _, boxes = read_set(folder, lambda seed: seed >= VALIDATION_SEED)
    logits, _, _ = validate(trained, pixels, boxes)
    points = {}
    for c, label in enumerate(LABELS):
        output = 1 / (1 + np.exp(-best_f1(labels[:, c], logits[:, c].astype(np.float64))))
        points[label] = round(float(np.clip(output, 0.001, 0.999)), 4)
    (HERE / "operating-points.json").write_text(json.dumps(points, indent=2) + "\n")
    print(file.stat().st_size, "bytes", points)


if __name__ == "__main__":
    main(*sys.argv[1:3])
