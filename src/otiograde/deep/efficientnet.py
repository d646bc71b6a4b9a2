"""EfficientNet-Lite0: features that describe what each part of a picture shows.

Source: Tan & Le, "EfficientNet" (ICML 2019), in the variant published for mobile devices. Only the convolutional stages
are here; the head, which tells a thousand classes apart, is not needed.
"""

from __future__ import annotations

from typing import Any, TypeAlias

#: Weights by their published names.
Tensors: TypeAlias = dict[str, Any]

#: The stages: side of the kernel, number of blocks, stride of the first block, and expansion factor of the channels.
STAGES = ((3, 1, 1, 1), (3, 2, 2, 6), (5, 2, 2, 6), (3, 3, 2, 6), (5, 3, 1, 6), (5, 4, 2, 6), (3, 1, 1, 6))

#: The stages whose output is returned: cells of 8, 16 and 32 pixels a side, with 40, 112 and 320 channels.
FEATURE_STAGES = (2, 4, 6)

#: The first blocks, which see color and fine texture: stride, and expansion factor of the channels.
EARLY_BLOCKS = ((1, 1), (2, 6))


def stage_features(weights: Tensors, image: Any) -> list[Any]:
    """Return the features of an image (1, 3, h, w) in [-1, 1]: (1, channels, rows, columns) for each feature stage."""
    from torch.nn.functional import relu6  # noqa: PLC0415  (takes two seconds to import)

    values = relu6(_batch_normalized(weights, "_bn0", _convolved(weights, "_conv_stem", image, 2)))
    features, number = [], 0
    for stage, (_, blocks, stride, expansion) in enumerate(STAGES):
        for repeat in range(blocks):
            residual = _block(weights, f"_blocks.{number}.", values, 1 if repeat else stride, expansion)
            values = values + residual if repeat else residual
            number += 1
        if stage in FEATURE_STAGES:
            features.append(values)
    return features


def early_features(weights: Tensors, image: Any) -> list[Any]:
    """Return the features of an image (1, 3, h, w) in [-1, 1] after the stem, block 0 and block 1."""
    from torch.nn.functional import relu6  # noqa: PLC0415

    values = relu6(_batch_normalized(weights, "_bn0", _convolved(weights, "_conv_stem", image, 2)))
    features = [values]
    for number, (stride, expansion) in enumerate(EARLY_BLOCKS):
        values = _block(weights, f"_blocks.{number}.", values, stride, expansion)
        features.append(values)
    return features


def _block(weights: Tensors, name: str, values: Any, stride: int, expansion: int) -> Any:
    """Apply an inverted residual block: expand the channels, convolve each one, project them back."""
    from torch.nn.functional import relu6  # noqa: PLC0415

    if expansion > 1:
        values = relu6(_batch_normalized(weights, name + "_bn0", _convolved(weights, name + "_expand_conv", values)))
    values = relu6(
        _batch_normalized(weights, name + "_bn1", _convolved(weights, name + "_depthwise_conv", values, stride))
    )
    return _batch_normalized(weights, name + "_bn2", _convolved(weights, name + "_project_conv", values))


def _convolved(weights: Tensors, name: str, values: Any, stride: int = 1) -> Any:
    """Convolve with TensorFlow's padding: at the right and bottom one more than at the left and top if it is odd."""
    from torch.nn.functional import conv2d, pad  # noqa: PLC0415

    kernel = weights[name + ".weight"]
    side = kernel.shape[-1]
    rows, columns = (max((-(-size // stride) - 1) * stride + side - size, 0) for size in values.shape[-2:])
    padded = pad(values, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
    return conv2d(padded, kernel, stride=stride, groups=values.shape[1] // kernel.shape[1])


def _batch_normalized(weights: Tensors, name: str, values: Any) -> Any:
    """Apply batch normalization."""
    from torch.nn.functional import batch_norm  # noqa: PLC0415

    columns = ("running_mean", "running_var", "weight", "bias")
    mean, variance, weight, bias = (weights[f"{name}.{column}"] for column in columns)
    return batch_norm(values, mean, variance, weight, bias, eps=1e-3)
