"""A small DenseNet named and wired as torchvision's (and TorchXRayVision's): features … norm5, ReLU, pooling, classifier."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from collections import OrderedDict

LABELS = ["Atelectasis", "Consolidation", "Infiltration", "Pneumothorax", "Edema", "Emphysema", "Fibrosis", "Effusion",
          "Pneumonia", "Pleural_Thickening", "Cardiomegaly", "Nodule", "Mass", "Hernia", "Lung Lesion", "Fracture",
          "Lung Opacity", "Enlarged Cardiomediastinum"]

CLASSIFIER_SCALE = 8.0


class DenseLayer(nn.Module):
    def __init__(self, channels, growth, width):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(channels), nn.Conv2d(channels, width, 1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(width), nn.Conv2d(width, growth, 3, padding=1, bias=False)

    def forward(self, x):
        return torch.cat([x, self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))], 1)


class Transition(nn.Module):
    def __init__(self, channels, out):
        super().__init__()
        self.norm, self.conv = nn.BatchNorm2d(channels), nn.Conv2d(channels, out, 1, bias=False)

    def forward(self, x):
        return F.avg_pool2d(self.conv(F.relu(self.norm(x))), 2)


class PhantomDenseNet(nn.Module):
    """[n,1,224,224] from -1024 to 1024 -> logits [n,18] and norm5's output [n,K,14,14], before its ReLU."""

    def __init__(self, growth=16, blocks=(2, 6, 10), initial=32, width=32):
        super().__init__()
        parts = OrderedDict(
            conv0=nn.Conv2d(1, 16, 5, 2, 2, bias=False), norm0=nn.BatchNorm2d(16), relu0=nn.ReLU(),
            conv1=nn.Conv2d(16, initial, 3, 2, 1, bias=False))
        channels = initial
        for number, layers in enumerate(blocks, 1):
            block = OrderedDict()
            for layer in range(1, layers + 1):
                block[f"denselayer{layer}"] = DenseLayer(channels, growth, width)
                channels += growth
            parts[f"denseblock{number}"] = nn.Sequential(block)
            if number < len(blocks):
                parts[f"transition{number}"] = Transition(channels, channels // 2)
                channels //= 2
        parts["norm5"] = nn.BatchNorm2d(channels)
        self.features = nn.Sequential(parts)
        self.classifier = nn.Linear(channels, len(LABELS))
        nn.init.constant_(self.classifier.bias, -2.0)

    @property
    def weight(self):
        """The classifier's weights as used and as exported; a small finding fills 1 of 196 cells, so they must be large."""
        return self.classifier.weight * CLASSIFIER_SCALE

    def forward(self, x):
        features = self.features(x / 512)
        return F.linear(F.relu(features).mean((2, 3)), self.weight, self.classifier.bias), features


def grad_cam(features, weight):
    """Grad-CAM of every label before its ReLU, [n,18,h,w]; the closed form of models with pooling and one linear layer."""
    area = features.shape[2] * features.shape[3]
    fraction = (features > 0).float().mean((2, 3))
    return torch.einsum("ck,nk,nkhw->nchw", weight / area, fraction, features)
