"""Writes the vision tower of a CLIP folder in other ways of quantising than the hub's, for compare-weights.ts.

    python bench/make-quantised.py FOLDER INTO
"""

import logging
import sys
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_bnb4_quantizer import MatMulBnb4Quantizer
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

logging.disable(logging.WARNING)
source = Path(sys.argv[1]) / 'onnx' / 'vision_model.onnx'
into = Path(sys.argv[2])
into.mkdir(parents=True, exist_ok=True)

matrices = dict(op_types_to_quantize=['MatMul', 'Gemm'])
quantize_dynamic(source, into / 'matrices-u8.onnx', weight_type=QuantType.QUInt8, **matrices)
quantize_dynamic(source, into / 'matrices-s8.onnx', weight_type=QuantType.QInt8, **matrices)
quantize_dynamic(source, into / 'matrices-s8-channel.onnx', weight_type=QuantType.QInt8, per_channel=True, **matrices)

for bits, block in ((8, 128), (4, 32)):
    how = DefaultWeightOnlyQuantConfig(bits=bits, block_size=block, is_symmetric=True, accuracy_level=4)
    quantizer = MatMulNBitsQuantizer(onnx.load(source), algo_config=how)
    quantizer.process()
    onnx.save(quantizer.model.model, into / f'blocks-{bits}-bit.onnx')

bnb4 = MatMulBnb4Quantizer(onnx.load(source), MatMulBnb4Quantizer.NF4, block_size=64)
bnb4.process()
onnx.save(bnb4.model.model, into / 'bnb4.onnx')
