"""VGG-16 and VGG-19: the first layers, which see color, edges and fine texture. The two differ further down only.

Source: Simonyan & Zisserman, "Very Deep Convolutional Networks" (ICLR 2015), with the names of torchvision's files.
"""

from __future__ import annotations

from typing import Any

#: Mean and standard deviation of R', G' and B' of the pictures that the networks were trained on (ImageNet).
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

#: The first convolutions, conv1_1, conv1_2 and conv2_1, and whether the picture is halved before.
LAYERS = (("features.0", False), ("features.2", False), ("features.5", True))


def first_features(weights: dict[str, Any], planes: Any) -> list[Any]:
    """Return the features of a picture (1, 3, h, w) in [0, 1] after each of ``LAYERS``, rectified."""
    import torch  # noqa: PLC0415  (takes two seconds to import)
    from torch.nn.functional import conv2d, max_pool2d  # noqa: PLC0415

    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    values, features = (planes - mean) / std, []
    for name, halved in LAYERS:
        values = max_pool2d(values, 2) if halved else values
        values = torch.relu(conv2d(values, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1))
        features.append(values)
    return features
