"""Whether weights have seen ImageNet, however many runs ago, and what the model card makes of it."""

from typing import Any

import pytest

from drml_job import model_card
from drml_job.provenance import described, seen_imagenet

SCRATCH: dict[str, Any] = {"kind": "random"}
IMAGENET: dict[str, Any] = {"kind": "imagenet", "file": "resnet18-f37072fd.pth"}
PRETRAINED: dict[str, Any] = {"kind": "pretrain", "knobs": {"sizes": "48:9"}, "epoch": 9}
TAUGHT = PRETRAINED | {"teacher": {"encoder": "wise", "seen_imagenet": True}}
TAUGHT_AT_HOME = PRETRAINED | {"teacher": {"encoder": "pretrain-0123abcd", "seen_imagenet": False}}
TAUGHT_EARLIER = PRETRAINED | {
    "knobs": {"sizes": "48:9", "teacher_features": "some/where/frozen-efficientnet-lite0.npy"}
}
PUBLISHED: dict[str, Any] = {"kind": "artifact", "version": "drml-1", "seen_imagenet": False}
PUBLISHED_SEEN = PUBLISHED | {"seen_imagenet": True}
PUBLISHED_UNKNOWN = PUBLISHED | {"seen_imagenet": None}
ORDERED = {"in_class_negatives": 0.25, "encoder": "efficientnet-lite1", "seen_imagenet": True}
UNORDERED = {"in_class_negatives": 0.0, "encoder": "", "seen_imagenet": False}


def trained(start: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "train", "knobs": {}, "epoch": 3, "started_from": start, **more}


@pytest.mark.parametrize(
    ("record", "seen"),
    [
        (SCRATCH, False),
        (IMAGENET, True),
        (PRETRAINED, False),
        (TAUGHT, True),
        (TAUGHT_AT_HOME, False),
        (TAUGHT_EARLIER, True),
        (PUBLISHED, False),
        (PUBLISHED_SEEN, True),
        (PUBLISHED_UNKNOWN, True),
        (trained(PUBLISHED), False),
        (trained(PRETRAINED | {"started_from": PUBLISHED_SEEN}), True),
        (trained(TAUGHT | {"started_from": PUBLISHED}), True),
        (trained(SCRATCH), False),
        (trained(IMAGENET), True),
        (trained(TAUGHT), True),
        (trained(SCRATCH, triplets=UNORDERED), False),
        (trained(PRETRAINED, triplets=ORDERED), True),
        (trained(trained(trained(TAUGHT_AT_HOME))), False),
        (trained(trained(trained(TAUGHT))), True),
        (trained(trained(SCRATCH, triplets=ORDERED)), True),
    ],
)
def test_one_influence_is_enough(record: dict[str, Any], seen: bool) -> None:
    assert seen_imagenet(record) is seen


def test_the_words_tell_three_cases_apart() -> None:
    assert len({described(True), described(False), described(None)}) == 3


def test_a_start_is_told_with_its_teacher() -> None:
    assert "`wise`), which has seen ImageNet" in model_card.describe_start(TAUGHT)
    assert "frozen-efficientnet-lite0.npy`), which has seen" in model_card.describe_start(TAUGHT_EARLIER)
    at_home = model_card.describe_start(trained(TAUGHT_AT_HOME))
    assert "`pretrain-0123abcd`)." in at_home
    assert "ImageNet" not in at_home
    assert "from scratch" in model_card.describe_start(PRETRAINED)
    assert "resnet18-f37072fd.pth" in model_card.describe_start(IMAGENET)


def test_the_card_tells_every_start() -> None:
    told = model_card.describe_start(trained(TAUGHT | {"started_from": PUBLISHED}))
    assert "taught by a frozen encoder (`wise`), which has seen ImageNet, begun with the published" in told
    assert "`drml-1` (weights from scratch)" in told
    assert "taught by a frozen encoder (`frozen-efficientnet-lite0.npy`), which" in model_card.describe_start(
        TAUGHT_EARLIER
    )
