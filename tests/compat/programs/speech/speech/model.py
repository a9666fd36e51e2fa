# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
import numpy as np

BANDS, PARTS = 24, 6


def fingerprint(wave: np.ndarray) -> np.ndarray:
    """Loudness of bands of the spectrum, in six parts of the time."""
    wave = np.asarray(wave, dtype=np.float64).reshape(-1)
    parts = []
    for part in np.array_split(wave, PARTS):
        power = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1024)) ** 2
        bands = [band.mean() for band in np.array_split(power[8:400], BANDS)]
        parts.append(np.log(np.array(bands) + 1e-9))
    found = np.array(parts)
    return ((found - found.mean()) / (found.std() + 1e-9)).reshape(-1)


class Nearest:
    def __init__(self, centres: np.ndarray) -> None:
        self.centres = centres

    def probabilities(self, wave: np.ndarray) -> np.ndarray:
        distance = np.linalg.norm(self.centres - fingerprint(wave), axis=1)
        weights = np.exp(distance.min() - distance)
        return weights / weights.sum()
