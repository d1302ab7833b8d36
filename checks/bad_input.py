"""The one kind of error that is said to a person: what was typed or given cannot be used."""


class BadInput(ValueError):
    """The message is one sentence for the person at the keyboard: what cannot be used, why, and what to give instead.

    Everything else that is raised is a bug of ours; what the world does is an Answer.
    """
