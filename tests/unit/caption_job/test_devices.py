"""Which device is chosen, as PyTorch tells of the hardware."""

import pytest
import torch

from caption_job import devices


@pytest.mark.parametrize(
    ("gpu", "fast", "expected"),
    [
        (True, True, ("cuda", torch.bfloat16)),
        (True, False, ("cuda", torch.float32)),
        (False, True, ("cpu", torch.bfloat16)),
        (False, False, ("cpu", torch.float32)),
    ],
)
def test_the_gpu_where_there_is_one_and_bfloat16_where_it_is_quick(
    monkeypatch: pytest.MonkeyPatch, gpu: bool, fast: bool, expected: tuple[str, torch.dtype]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: fast)
    monkeypatch.setattr(
        torch.backends.cpu, "get_cpu_capability", lambda: "AVX512" if fast and not gpu else "AVX2"
    )
    chosen = devices.choose()
    assert (chosen.torch_device.type, chosen.precision) == expected
    assert devices.choose("float32").precision is torch.float32


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ValueError, match="precision is auto, float32 or bfloat16"):
        devices.choose("float8")
