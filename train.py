"""Train a digit network: python train.py model=lenet5 epochs=3   (python train.py --help)."""

from mnister.jobs import train

if __name__ == "__main__":
    train()
