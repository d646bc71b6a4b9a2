"""TransNetV2: how likely a movie passes from one shot to the next at each of its frames.

Source: Souček & Lokoč, "TransNet V2: An effective deep network architecture for fast shot transition detection" (2020,
arXiv 2008.04838).
"""

from __future__ import annotations

from typing import Any, TypeAlias

#: Weights by their published names.
Tensors: TypeAlias = dict[str, Any]

#: The blocks, each of two layers; and the frames that are skipped between the three that a convolution joins in time.
BLOCKS, DILATIONS = 3, (1, 2, 4, 8)

#: Frames before and after a frame that it is compared with.
REACH = 50

#: Steps of each channel in the histograms of colors, as a power of two.
HISTOGRAM_BITS = 3


def transition_odds(weights: Tensors, frames: Any) -> Any:
    """Return for each frame the log odds that it is the middle of a passage from one shot to the next, (n,).

    ``frames`` are successive ones, uint8 (n, 27, 48, 3). The network was trained on runs of 100.
    """
    import torch  # noqa: PLC0415  (takes two seconds to import)
    from torch.nn.functional import linear, relu  # noqa: PLC0415

    values = frames.permute(3, 0, 1, 2)[None].float() / 255
    means = []
    for number in range(BLOCKS):
        values = _block(weights, f"SDDCNN.{number}.DDCNN.", values)
        means.append(values.mean((3, 4))[0].T)
    described = [
        _compared(weights, "color_hist_layer.fc", _histograms(frames)),
        _compared(weights, "frame_sim_layer.fc", _linear(weights, "frame_sim_layer.projection", torch.cat(means, 1))),
        values[0].permute(1, 2, 3, 0).flatten(1),
    ]
    hidden = relu(_linear(weights, "fc1", torch.cat(described, 1)))
    return linear(hidden, weights["cls_layer1.weight"], weights["cls_layer1.bias"])[:, 0]


def _block(weights: Tensors, name: str, values: Any) -> Any:
    """Apply two layers, the second on top of the first, and halve the picture."""
    from torch.nn.functional import avg_pool3d, relu  # noqa: PLC0415

    first = relu(_layer(weights, f"{name}0.", values))
    return avg_pool3d(relu(_layer(weights, f"{name}1.", first)) + first, (1, 2, 2))


def _layer(weights: Tensors, name: str, values: Any) -> Any:
    """Convolve in space, then in time at each dilation, and normalize."""
    import torch  # noqa: PLC0415
    from torch.nn.functional import batch_norm, conv3d  # noqa: PLC0415

    parts = []
    for dilation in DILATIONS:
        space, time = (weights[f"{name}Conv3D_{dilation}.layers.{step}.weight"] for step in (0, 1))
        flat = conv3d(values, space, padding=(0, 1, 1))
        parts.append(conv3d(flat, time, padding=(dilation, 0, 0), dilation=(dilation, 1, 1)))
    columns = ("running_mean", "running_var", "weight", "bias")
    mean, variance, weight, bias = (weights[f"{name}bn.{column}"] for column in columns)
    return batch_norm(torch.cat(parts, 1), mean, variance, weight, bias, eps=1e-3)


def _histograms(frames: Any) -> Any:
    """Return the histogram of the colors of each frame, (n, 512)."""
    import torch  # noqa: PLC0415

    codes = frames.flatten(1, 2).long() >> (8 - HISTOGRAM_BITS)
    bins = (codes[..., 0] << 2 * HISTOGRAM_BITS) + (codes[..., 1] << HISTOGRAM_BITS) + codes[..., 2]
    counts = torch.zeros(len(frames), 8**HISTOGRAM_BITS, device=frames.device)
    return counts.scatter_add_(1, bins, torch.ones_like(bins, dtype=counts.dtype))


def _compared(weights: Tensors, name: str, values: Any) -> Any:
    """Describe how alike each frame is to those around it: cosines of ``values`` (n, d), then a layer, (n, 128)."""
    from torch.nn.functional import normalize, pad, relu  # noqa: PLC0415

    directions = normalize(values, dim=1)
    cosines = pad(directions @ directions.T, (REACH, REACH)).contiguous()
    rows, columns = cosines.shape
    # Row by row one column further: those within reach of the row's own frame.
    return relu(_linear(weights, name, cosines.as_strided((rows, 2 * REACH + 1), (columns + 1, 1))))


def _linear(weights: Tensors, name: str, values: Any) -> Any:
    """Apply a linear layer."""
    from torch.nn.functional import linear  # noqa: PLC0415

    return linear(values, weights[f"{name}.weight"], weights[f"{name}.bias"])
