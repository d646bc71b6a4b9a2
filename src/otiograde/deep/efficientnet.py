"""EfficientNet-Lite0 (Tan & Le, ICML 2019; as published for mobile devices): what is seen where in a picture.

Only the layers that describe places; the head that tells a thousand classes of things is left out.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Tensors: TypeAlias = dict[str, Any]

#: Stage by stage: side of the window, blocks, step of the first of them, and by how much a block widens.
STAGES = ((3, 1, 1, 1), (3, 2, 2, 6), (5, 2, 2, 6), (3, 3, 2, 6), (5, 3, 1, 6), (5, 4, 2, 6), (3, 1, 1, 6))

#: The stages that describe: parts of 8, 16 and 32 pixels a side, of 40, 112 and 320 channels.
DESCRIBING = (2, 4, 6)


def describe(weights: Tensors, image: Any) -> list[Any]:
    """What the ``DESCRIBING`` stages see in an image (1, 3, h, w) in [-1, 1]: (1, channels, rows, columns) each."""
    from torch.nn.functional import relu6  # noqa: PLC0415  (takes two seconds to import)

    values = relu6(_normed(weights, "_bn0", _filtered(weights, "_conv_stem", image, 2)))
    seen, number = [], 0
    for stage, (_, blocks, step, wider) in enumerate(STAGES):
        for turn in range(blocks):
            found = _block(weights, f"_blocks.{number}.", values, 1 if turn else step, wider)
            values = values + found if turn else found
            number += 1
        if stage in DESCRIBING:
            seen.append(values)
    return seen


def _block(weights: Tensors, name: str, values: Any, step: int, wider: int) -> Any:
    """An inverted residual: widen, look at each channel's neighbourhood, narrow."""
    from torch.nn.functional import relu6  # noqa: PLC0415

    if wider > 1:
        values = relu6(_normed(weights, name + "_bn0", _filtered(weights, name + "_expand_conv", values)))
    values = relu6(_normed(weights, name + "_bn1", _filtered(weights, name + "_depthwise_conv", values, step)))
    return _normed(weights, name + "_bn2", _filtered(weights, name + "_project_conv", values))


def _filtered(weights: Tensors, name: str, values: Any, step: int = 1) -> Any:
    """Convolve; the border is padded as TensorFlow does, more on the right and below than on the left and above."""
    from torch.nn.functional import conv2d, pad  # noqa: PLC0415

    kernel = weights[name + ".weight"]
    side = kernel.shape[-1]
    rows, columns = (max((-(-size // step) - 1) * step + side - size, 0) for size in values.shape[-2:])
    padded = pad(values, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
    return conv2d(padded, kernel, stride=step, groups=values.shape[1] // kernel.shape[1])


def _normed(weights: Tensors, name: str, values: Any) -> Any:
    from torch.nn.functional import batch_norm  # noqa: PLC0415

    columns = ("running_mean", "running_var", "weight", "bias")
    return batch_norm(values, *(weights[f"{name}.{each}"] for each in columns), eps=1e-3)
