"""Names that columns ask for: hardware, interconnects, data sets, models, frameworks; and what follows a comparison.

A lexicon finds the heads of names ("H100", "GPUs", "InfiniBand"); the words that belong to a head ("four NVIDIA H100
GPUs") are taken with it by :func:`phrases`.
"""

from __future__ import annotations

import re
from typing import Final

_NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|sixteen|thirty-two|sixty-four|\d[\d,]*)"
_MAKER = r"(?:NVIDIA|Nvidia|AMD|Intel|Apple|Google|Qualcomm|Xilinx|Huawei|Samsung|ARM|Arm|IBM|Cerebras|Graphcore|AWS)"
_HEADS: Final[dict[str, str]] = {
    "hardware": (
        r"(?:A|H|V|B|P|L|T|GB|GH)\d{2,3}s?|RTX(?:\s?A?\d{4}\w*)?|MI\d{2,3}\w?|GPUs?|CPUs?|NPUs?|TPUs?(?:\s?v\d\w?)?|"
        r"FPGAs?|ASICs?|SoCs?|Jetson(?:\s\w+)?|Raspberry Pi(?:\s?\d)?|Xeon|EPYC|Ascend(?:\s?\d+\w?)?|Gaudi\d?|"
        r"Trainium\d?|Alveo(?:\s?U\d+\w?)?|Versal|Hopper|Ampere|Blackwell|Volta|Turing|RISC-V|smartphones?|"
        r"mobile (?:devices?|phones?)|edge devices?|microcontrollers?|supercomputers?|wafer-scale \w+|cores|nodes"
    ),
    "interconnect": (
        r"NVLink\w*|NVSwitch|NVSHMEM|PCIe(?:\s?(?:Gen)?\s?\d(?:\.\d)?)?|InfiniBand|RoCE(?:v2)?|RDMA|Ethernet|Slingshot\w*|"
        r"CXL|NoCs?|networks?-on-chip|Wi-?Fi|5G|UALink|Infinity Fabric|TCP(?:/IP)?|fat-?trees?|optical \w+|torus"
    ),
    "dataset": (
        r"[A-Z][\w-]*(?:Bench|Eval|QA|Coder)(?:-\w+)?\+?|MMLU(?:-\w+)?|GSM8K|GSM-8K|MATH(?:-\d+)?|HumanEval\+?|MBPP\+?|"
        r"ImageNet(?:-\w+)?|CIFAR-?\d+|AIME(?:\s?\d+)?|SWE-?[Bb]ench(?:\s\w+)?|KernelBench|MLPerf(?:\s\w+)?|"
        r"LiveCodeBench|WikiText\S*|LibriSpeech|COCO|SQuAD|GPQA|MNIST|SPEC(?:\s?CPU\S*)?|VerilogEval|RTLLM|"
        r"(?:\w+ )?(?:benchmarks?|data ?sets?|corpora|corpus)"
    ),
    "model": (
        r"Llama[\w.-]*(?:\s?\d[\w.-]*)?|LLaMA[\w.-]*|GPT-?\w*(?:\.\d)?|Qwen[\w.-]*|DeepSeek[\w.-]*|Mistral[\w.-]*|"
        r"Mixtral[\w.-]*|OPT-?\w*|BERT[\w-]*|ResNet-?\d*|ViT[\w-]*|Gemma[\w.-]*|Phi-?\d\w*|Claude[\w .-]*|"
        r"Gemini[\w .-]*|BLOOM|Falcon|T5|CodeLlama[\w-]*|StarCoder\w*|o[13](?:-\w+)?|Mamba\w*"
    ),
    "framework": (
        r"PyTorch|TensorFlow|JAX|CUDA|Triton|TVM|MLIR|LLVM|OpenMP|OpenACC|OpenCL|SYCL|HIP|ROCm|Kokkos|MPI|NCCL|RCCL|"
        r"vLLM|SGLang|TensorRT(?:-LLM)?|DeepSpeed|Megatron(?:-LM)?|llama\.cpp|ONNX(?:\s\w+)?|Ray|Spark|Kubernetes|cuBLAS|"
        r"cuDNN|CUTLASS|FlashAttention[\w-]*|Julia|Chapel|Rust|Verilog|Chisel|Vitis(?:\sHLS)?|Halide|Numba"
    ),
}
# Words that may stand before a head and belong to it: a count, a maker, names and figures, a few plain qualifiers.
_BEFORE = (
    rf"(?:(?:{_NUMBER}|{_MAKER}|[A-Z][\w.-]*[A-Z0-9][\w.-]*|single|multi|consumer(?:-grade)?|commodity|mobile|"
    r"embedded|edge|heterogeneous|quantum|in-memory|analog|wafer-scale|server|desktop|legacy)[\s-]+){0,4}"
)
# A head may be followed by further heads ("H100 GPUs").
_ENTITY: Final = {
    about: re.compile(rf"(?<![\w-]){_BEFORE}(?:{heads})(?:[\s/-]+(?:{heads}|systems?|clusters?|servers?))*(?![\w])")
    for about, heads in _HEADS.items()
}

_COMPARED = (
    r"(?<!hedge )(?<!hedges )(?<!guard )(?<!guards )(?<!protect )(?<!protects )(?<!defend )(?<!checked )(?<!verified )"
    r"against|compared (?:to|with|against)|in comparison (?:to|with)|relative to|versus|vs\.?|outperform(?:s|ed|ing)?|"
    r"(?:improvements?|speed-?ups?|gains?|reductions?|savings?|faster|slower|better|lower|higher|fewer|less|more|larger|"
    r"smaller|cheaper)\s+(?:\w+\s+){0,4}?(?:over|than)|(?:surpass|beat|exceed)(?:es|s|ed|ing)?|baselines?,? such as|"
    r"better than|times (?:faster|higher|lower|smaller) than"
)
# What is compared with: up to where the next part of the sentence begins.
_BASELINE: Final = re.compile(
    rf"(?:\b(?i:{_COMPARED})|(?<=[x%])\s(?:over|than))\s+(?!(?:about |nearly |up to |only )?\d|half\b|one\b)"
    rf"(?P<what>(?:(?!\b(?:by|on|in|at|while|with|when|and (?:reduc|improv|achiev)\w*|for|under|"
    r"across|without|using|due|because|that|which|and (?:up to |about )?\d[\w.]*)\b)[^,;:.()]|(?<=\w)\.(?=\w)){3,80})"
)
_VAGUE = re.compile(r"^(?:\d[\d.,]*\s?(?:x|%|times)?|it|this|that|expected|usual|ever|a|the|one|before)$", re.I)


def phrases(about: str, text: str) -> list[tuple[int, int]]:
    """Places of the names of a kind in a text, in order, half open, none within another.

    ``about`` is a lexicon ("hardware", "interconnect", "dataset", "model", "framework") or "baseline".
    """
    if about == "baseline":
        found = [_trimmed(text, *m.span("what")) for m in _BASELINE.finditer(text)]
        return [(a, b) for a, b in found if b - a > 2 and not _VAGUE.match(text[a:b])]
    return [m.span() for m in _ENTITY[about].finditer(text)]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
