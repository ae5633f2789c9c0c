"""The paper's architectures as modules of PyTorch, on digits and at their own size; without PyTorch nothing here is imported."""
