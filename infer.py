"""Read pictures of digits: python infer.py mode=multi_digit images=photo.jpg   (--help)."""

from mnister.jobs import infer

if __name__ == "__main__":
    infer()
