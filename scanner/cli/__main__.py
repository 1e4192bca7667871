"""``python -m scanner.cli`` is ``camaudit``."""

from scanner.cli import main

main()
