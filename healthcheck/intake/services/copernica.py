"""Events of Copernica (SMTPeter)."""

from checks.delivery.meaning import Said
from healthcheck.intake.values import Object, coded, text_of

# Copernica and SMTPeter: "Webhooks for deliveries", "Webhooks for failures"; posted as a form.
_COPERNICA = {"delivery": "delivered", "failure": "bounced"}


def is_copernica(value: Object) -> bool:
    """True for a delivery or a failure of it."""
    return text_of(value.get("type")) in _COPERNICA and {"recipient", "code", "extended", "description"} <= value.keys()


def copernica(value: Object) -> list[Said]:
    """The events of one object."""
    return [
        Said(
            _COPERNICA[text_of(value.get("type"))],
            "copernica",
            recipient=text_of(value.get("recipient")) or None,
            text=coded(value.get("code"), value.get("extended"), value.get("description")),
            message_id=text_of(value.get("id")) or None,
            time=text_of(value.get("time")) or text_of(value.get("timestamp")) or None,
        )
    ]
