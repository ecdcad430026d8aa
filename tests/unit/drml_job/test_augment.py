"""Augmentation: crops stay inside, probabilities hold, nothing is drawn but from the generator."""

import pytest
import torch
from torch.testing import assert_close

from drml_job.augment import Augmentation, Normalisation, augment, crop_transforms, resize

PLAIN = Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
NOTHING = Augmentation(crop_probability=0, flip_probability=0)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pictures() -> torch.Tensor:
    return torch.randint(0, 256, (6, 3, 16, 16), dtype=torch.uint8, generator=generator())


def test_without_crop_and_flip_the_picture_stays(pictures: torch.Tensor) -> None:
    assert_close(augment(pictures, 16, NOTHING, PLAIN, generator()), pictures / 255, atol=1e-5, rtol=0)


def test_a_flip_mirrors_left_and_right(pictures: torch.Tensor) -> None:
    always = Augmentation(crop_probability=0, flip_probability=1)
    assert_close(augment(pictures, 16, always, PLAIN, generator()), pictures.flip(3) / 255, atol=1e-5, rtol=0)


def test_crops_lie_inside_with_area_and_ratio_in_bounds() -> None:
    rule = Augmentation(crop_probability=1, flip_probability=0.5, area=(0.3, 0.9), ratio=(0.75, 4 / 3))
    maps = crop_transforms(5000, rule, generator())
    width, height = maps[:, 0, 0].abs(), maps[:, 1, 1]
    assert (maps[:, 0, 2].abs() + width <= 1 + 1e-6).all()
    assert (maps[:, 1, 2].abs() + height <= 1 + 1e-6).all()
    inside = (width < 1) & (height < 1)  # a side cut at the picture's own changes area and ratio
    area, ratio = (width * height)[inside], (width / height)[inside]
    assert ((area > 0.3 - 1e-5) & (area < 0.9 + 1e-5)).all()
    assert ((ratio > 0.75 - 1e-5) & (ratio < 4 / 3 + 1e-5)).all()
    assert maps[:, 0, 0].lt(0).float().mean() == pytest.approx(0.5, abs=0.03)


def test_a_crop_happens_with_its_probability() -> None:
    maps = crop_transforms(5000, Augmentation(crop_probability=0.3, flip_probability=0), generator())
    cropped = (maps != torch.tensor([[1.0, 0, 0], [0, 1, 0]])).flatten(1).any(1)
    assert cropped.float().mean() == pytest.approx(0.3, abs=0.03)


def test_the_same_generator_gives_the_same_batch(pictures: torch.Tensor) -> None:
    first, same, other = (augment(pictures, 12, Augmentation(), PLAIN, generator(seed)) for seed in (1, 1, 2))
    assert_close(first, same, atol=0, rtol=0)
    assert (first != other).any()


def test_normalisation_uses_mean_and_deviation_of_each_channel(pictures: torch.Tensor) -> None:
    normalise = Normalisation((0.5, 0.4, 0.3), (0.2, 0.3, 0.4))
    expected = (pictures / 255 - torch.tensor([0.5, 0.4, 0.3]).view(3, 1, 1)) / torch.tensor(
        [0.2, 0.3, 0.4]
    ).view(3, 1, 1)
    assert_close(resize(pictures, 16, normalise), expected, atol=1e-5, rtol=1e-5)


def test_resizing_averages_rather_than_skips() -> None:
    stripes = torch.zeros(1, 3, 16, 16, dtype=torch.uint8)
    stripes[..., ::2] = 255
    assert_close(resize(stripes, 8, PLAIN)[..., 2:-2], torch.full((1, 3, 8, 4), 0.5), atol=0.02, rtol=0)
