"""Small multilayer perceptrons as plain arrays, answered by numpy: inert on disk. Knows nothing of what the features mean."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

REACH = 4.0  # standard deviations beyond which a feature counts no further
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    """`m` networks of two hidden layers with ReLU over the same standardised features; the mean of their outputs is the answer.

    centre, scale [features]; weights [m, features, h1], [m, h1, h2] and [m, h2, 1]; biases [m, 1, h1], [m, 1, h2] and [m, 1, 1].
    """

    centre: Floats
    scale: Floats
    first: Floats
    first_bias: Floats
    second: Floats
    second_bias: Floats
    last: Floats
    last_bias: Floats

    def predict(self, features: Floats) -> npt.NDArray[np.float64]:
        """Float64 [n] from float32 [n, features]."""
        signal = np.clip((features - self.centre) / self.scale, -REACH, REACH)
        signal = np.maximum(signal @ self.first + self.first_bias, 0)
        signal = np.maximum(signal @ self.second + self.second_bias, 0)
        return np.asarray((signal @ self.last + self.last_bias)[:, :, 0].mean(0, dtype=np.float64))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Named arrays for an .npz file, in half precision but for the features' scale."""
        whole = {"centre", "scale"}
        return {
            f"network_{field.name}": getattr(self, field.name).astype(np.float32 if field.name in whole else np.float16)
            for field in fields(self)
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> "Network":
        """The inverse of `arrays`."""
        return cls(**{field.name: arrays[f"network_{field.name}"].astype(np.float32) for field in fields(cls)})
