"""Write the golden tickets anew: `python -m tests.ticket.golden`, then read the difference."""

from tests.ticket.golden import FOLDER, goldens

for name, told in goldens().items():
    (FOLDER / name).write_text(told, encoding="utf-8")
