"""Changes to any ONNX network: less graph, smaller numbers; what they cost in accuracy and bring in speed."""
