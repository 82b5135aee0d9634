"""What the hardware at hand computes natively."""

import pytest
import torch

from stitch_exp.host.hardware import multiplies_bfloat16


def test_hardware_answers() -> None:
    assert multiplies_bfloat16(torch.device("cpu")) in (True, False)


@pytest.mark.parametrize(
    ("has", "answer"),
    [({}, False), ({"avx2": True, "avx512": True}, False), ({"avx512_bf16": True}, True), ({"amx_bf16": True}, True),
     ({"avx512_bf16": False, "amx_bf16": False}, False)],
)  # fmt: skip
def test_a_cpu_multiplies_bfloat16_by_instructions_of_its_own(
    monkeypatch: pytest.MonkeyPatch, has: dict[str, bool], answer: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has, raising=False)
    assert multiplies_bfloat16(torch.device("cpu")) is answer


@pytest.mark.parametrize(("avx", "amx"), [(False, False), (True, False), (False, True)])
def test_an_old_torch_is_asked_in_its_own_words(monkeypatch: pytest.MonkeyPatch, avx: bool, amx: bool) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx, raising=False)
    assert multiplies_bfloat16(torch.device("cpu")) is (avx or amx)


@pytest.mark.parametrize("answer", [True, False])
def test_emulation_on_a_gpu_does_not_count(monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *, including_emulation: answer or including_emulation)
    assert multiplies_bfloat16(torch.device("cuda")) is answer
