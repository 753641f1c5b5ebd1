"""What only a GPU can show. Plain unittest on PyTorch, torchvision and Pillow: a machine that is
lent for minutes may hold no more (scripts/gpu_check.py runs them there)."""
