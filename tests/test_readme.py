"""The README is short and true."""

from tests import readme


def test_the_run_in_the_readme_is_what_the_command_prints():
    assert readme.shown() == readme.run(), "run: python -m tests.readme"


def test_the_readme_fits_on_two_screens():
    assert len(readme.README.read_text(encoding="utf-8").splitlines()) <= 100


def test_each_of_the_two_commands_does_its_whole_set_up():
    for heading in ("Quick start", "Tests"):
        steps = readme.command(heading).split(" && ")
        assert steps[0] == "python3 -m venv .venv"
        assert steps[1].startswith(".venv/bin/pip install ")
        assert steps[2].startswith(".venv/bin/")


def test_what_the_readme_links_to_is_there():
    text = readme.README.read_text(encoding="utf-8")
    for target in ("docs/README.md", "CHANGELOG.md"):
        assert f"]({target})" in text
        assert (readme.ROOT / target).is_file()
