"""What processors say of themselves, as Linux lists it."""

import pytest

from resnet_core.processors import bfloat16_sentence, cpu_name, has_bfloat16

X86 = """processor\t: 0
model name\t: AMD EPYC 9654 96-Core Processor
flags\t\t: fpu sse avx2 {}

processor\t: 1
model name\t: another
flags\t\t: fpu
"""
ARM = """processor\t: 0
Features\t: fp asimd {}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (X86.format("avx512_bf16"), True),
        (X86.format("amx_tile amx_bf16"), True),
        (X86.format("avx512f"), False),
        (X86.format("not_avx512_bf16"), False),
        (ARM.format("i8mm bf16"), True),
        (ARM.format("i8mm"), False),
        ("", None),
    ],
)
def test_bfloat16_is_known_by_the_first_processor_s_flags(tmp_path, text, expected):
    info = tmp_path / "cpuinfo"
    info.write_text(text)
    assert has_bfloat16(info) is expected


def test_a_system_that_tells_nothing_is_not_guessed_at(tmp_path):
    assert has_bfloat16(tmp_path / "nothing") is None
    assert cpu_name(tmp_path / "nothing")


def test_a_cpu_has_its_own_name(tmp_path):
    info = tmp_path / "cpuinfo"
    info.write_text(X86.format(""))
    assert cpu_name(info) == "AMD EPYC 9654 96-Core Processor"


def test_only_a_cpu_that_is_known_to_lack_it_is_told_of():
    assert bfloat16_sentence(has_it=False) == (
        "This CPU has no instructions for bfloat16 (neither avx512_bf16 nor amx_bf16), so steps "
        "take longer in it than in float32: train in float32 here."
    )
    assert bfloat16_sentence(has_it=True) == bfloat16_sentence(has_it=None) == ""
