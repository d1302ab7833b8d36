"""Write the golden files anew: `python -m tests.golden`, then read the difference."""

from tests.golden import FOLDER, goldens

for name, told in goldens().items():
    (FOLDER / name).write_text(told, encoding="utf-8")
