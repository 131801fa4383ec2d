"""python -m mnister: which commands there are."""

import mnister
from mnister.invocation import command_for

TEXT = """\
MNISTER {version}: train a handwritten-digit network, read your own pictures with it.

  {train:24}train, evaluate and export   ({train} --help)
  {infer:24}read pictures                ({infer} --help)
  from mnister import Reader, train
"""

if __name__ == "__main__":
    names = {menu: command_for(menu) for menu in ("train", "infer")}
    print(TEXT.format(version=mnister.__version__, **names), end="")
