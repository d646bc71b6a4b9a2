"""``python -m otiograde``."""

from otiograde.cli import main

main()
