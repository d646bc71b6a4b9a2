"""The networks of learned matching: ALIKED and LightGlue as kornia has them, and EfficientNet-Lite0."""

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

from otiograde.color.arrays import Float32, Indices
from otiograde.deep.efficientnet import describe
from otiograde.deep.weights import ALIKED, EFFICIENTNET, LIGHTGLUE, Weights, find_weights
from otiograde.errors import ToolNotFoundError
from otiograde.means.network import LearnedPoints
from otiograde.means.progress import Progress, silent

#: Frames are looked at with so many pixels on the long side, and give so many keypoints at most.
LONG, KEYPOINTS = 640, 1024

#: What they show is told at so many pixels on the long side, channels stretched between these shares of their values.
SHOWN, STRETCHED = 448, (0.02, 0.98)

_LAYER = re.compile(r"^(self_attn|cross_attn)\.(\d+)")

#: Matches that LightGlue is less sure of are left out.
SURE = 0.2


def open_network(folder: Path | None = None, progress: Progress = silent) -> AlikedLightGlue:
    """The network of learned matching, its weights from ``folder`` or wherever they are, on the best device here.

    Raises ``ToolNotFoundError`` without torch, kornia or weights.
    """
    if find_spec("torch") is None or find_spec("kornia") is None:
        raise ToolNotFoundError("learned matching needs torch and kornia: pip install 'otiograde[deep]'")
    weights = find_weights(folder, progress)
    return AlikedLightGlue(weights, _best_device())


def _best_device() -> str:
    import torch  # noqa: PLC0415  (takes two seconds to import)

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


class _Models(NamedTuple):
    aliked: Any
    lightglue: Any
    efficientnet: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AlikedLightGlue:
    """ALIKED's keypoints (Zhao et al. 2023), matched by LightGlue (Lindenberger et al. 2023): a ``Network``.

    What a picture shows is told by EfficientNet-Lite0 (Tan & Le 2019). ``device`` as torch names it. Runs on one thread
    of a processor, so that answers do not depend on how many it has.
    """

    weights: Weights
    device: str = "cpu"

    @property
    def made_with(self) -> dict[str, str]:
        """Name the programs, the digests of the weights and the kind of device."""
        weights = {file.names[0]: file.digest for file in (ALIKED, LIGHTGLUE, EFFICIENTNET)}
        return {name: version(name) for name in ("torch", "kornia")} | weights | {"device": self.device}

    @property
    def shared(self) -> bool:
        """Several processes may run it on a processor; a graphics card is left to one."""
        return self.device == "cpu"

    def points(self, frame: Float32) -> LearnedPoints:
        """The keypoints of a frame, float32 (h, w, 3) in [0, 1]."""
        import torch  # noqa: PLC0415

        size = _scaled(frame, LONG)
        planes = _planes(frame, size)
        with torch.inference_mode():
            found = _models(self.weights, self.device).aliked(torch.from_numpy(planes).to(self.device))[0]
        shrunk = np.array(size, np.float32) / np.array(frame.shape[1::-1], np.float32)
        xy = (found.keypoints.cpu().numpy() + np.float32(0.5)) / shrunk - np.float32(0.5)
        return LearnedPoints(xy.astype(np.float32), found.descriptors.cpu().numpy(), frame.shape[1], frame.shape[0])

    def matches(self, a: LearnedPoints, b: LearnedPoints) -> tuple[Indices, Indices]:
        """Points that show the same place: indices into a and into b."""
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
        """What a frame, float32 (h, w, 3) in [0, 1], shows at ``xy`` (n, 2): (n, 40), (n, 112) and (n, 320)."""
        import torch  # noqa: PLC0415
        from torch.nn.functional import grid_sample  # noqa: PLC0415

        low, high = np.quantile(frame.reshape(-1, 3), STRETCHED, axis=0)
        planes = _planes(np.clip((frame - low) / (high - low + 1e-3), 0, 1), _scaled(frame, SHOWN)) * 2 - 1
        at = torch.from_numpy(((xy + 0.5) / np.array(frame.shape[1::-1]) * 2 - 1).astype(np.float32)[None, None])
        with torch.inference_mode():
            weights = _models(self.weights, self.device).efficientnet
            seen = describe(weights, torch.from_numpy(planes).to(self.device))
            found = [grid_sample(each.cpu(), at, padding_mode="border", align_corners=False) for each in seen]
        return tuple(np.ascontiguousarray(each[0, :, 0].T.numpy()) for each in found)


def _scaled(frame: Float32, long: int) -> tuple[int, int]:
    """The columns and rows of a frame whose long side has ``long`` pixels, 32 at least."""
    scale = long / max(frame.shape[:2])
    return max(round(frame.shape[1] * scale), 32), max(round(frame.shape[0] * scale), 32)


def _planes(frame: Float32, size: tuple[int, int]) -> Float32:
    """A frame of another size as torch wants it: (1, 3, h, w) in [0, 1]."""
    image = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if size[0] < frame.shape[1] else cv2.INTER_CUBIC)
    return np.ascontiguousarray(np.clip(image, 0, 1).transpose(2, 0, 1)[None], np.float32)


@lru_cache(maxsize=1)
def _models(weights: Weights, device: str) -> _Models:
    """The networks with their weights, once a process."""
    import torch  # noqa: PLC0415
    from kornia.feature import LightGlue  # noqa: PLC0415
    from kornia.feature.aliked import ALIKED as Aliked  # noqa: N811, PLC0415

    torch.set_num_threads(1)
    aliked = Aliked("aliked-n16", max_num_keypoints=KEYPOINTS, detection_threshold=0)
    _fill(aliked, torch.load(weights.aliked, map_location="cpu", weights_only=True))
    lightglue = LightGlue(None, input_dim=128, filter_threshold=SURE)
    stored = torch.load(weights.lightglue, map_location="cpu", weights_only=True)
    # As published: kornia has since put the layers into a list.
    renamed = {_LAYER.sub(r"transformers.\2.\1", name): values for name, values in stored.items()}
    _fill(lightglue, renamed)
    seen = torch.load(weights.efficientnet, map_location=device, weights_only=True)
    return _Models(aliked.to(device).eval(), lightglue.to(device).eval(), seen)


def _fill(model: Any, stored: dict[str, Any]) -> None:
    """Load weights; every parameter must be among them (buffers that are made anew need not)."""
    missing = set(model.load_state_dict(stored, strict=False).missing_keys)
    lost = sorted(missing.intersection(name for name, _ in model.named_parameters()))
    if lost:
        raise ToolNotFoundError(f"the weights do not fit the installed kornia {version('kornia')}: no {lost[0]}")
