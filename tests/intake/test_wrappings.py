"""The same events however they are brought: alone, in lists, in lines, in other services' records, packed, with more in them.

The samples are the JSON of tests/intake/lines: what an object says by itself is what it must say in every wrapping.
"""

import base64
import gzip
import json

import pytest

from healthcheck.intake.jsonlog import json_events
from tests.intake.reading import read, told
from tests.intake.test_lines import CASES

FIELDS = (
    "kind",
    "recipient",
    "sender",
    "reply",
    "basic",
    "enhanced",
    "category",
    "suppress",
    "time",
    "message_id",
    "format",
)


def samples() -> list[dict]:
    """Every JSON object of a sending service in the cases, once."""
    found = {}
    for case in CASES:
        decoder, text, at = json.JSONDecoder(), case.values[1]["log"].strip(), 0
        while at < len(text):
            try:
                value, end = decoder.raw_decode(text, at)
            except ValueError:
                break
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict) and (json_events(one) or any(isinstance(part, list) for part in one.values())):
                    found[json.dumps(one)] = one
            at = end
            while at < len(text) and text[at].isspace():
                at += 1
    return list(found.values())


SAMPLES = samples()


def dumped(value: object) -> bytes:
    return json.dumps(value).encode()


def sns(value: object) -> dict:
    return {
        "Type": "Notification",
        "MessageId": "n1",
        "TopicArn": "arn:aws:sns:eu-west-1:1:mail",
        "Message": json.dumps(value),
        "Timestamp": "2026-11-21T09:31:08.000Z",
        "SignatureVersion": "1",
    }


WRAPPINGS = {
    "an array": lambda value: dumped([value]),
    "a line": lambda value: dumped(value) + b"\n",
    "indented": lambda value: json.dumps(value, indent=4).encode(),
    "indented in an array, lines ended as Windows does": lambda value: (
        json.dumps([value], indent=2).replace("\n", "\r\n").encode()
    ),
    "with a byte order mark": lambda value: b"\xef\xbb\xbf" + dumped(value),
    "packed": lambda value: gzip.compress(dumped(value)),
    "in items": lambda value: dumped({"items": [value], "paging": {"next": "x"}}),
    "in an SNS notification": lambda value: dumped(sns(value)),
    "in a Lambda's record of SNS": lambda value: dumped(
        {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns(value)}]}
    ),
    "in a message of SQS": lambda value: dumped(
        {"Messages": [{"MessageId": "q", "ReceiptHandle": "r", "MD5OfBody": "m", "Body": json.dumps(value)}]}
    ),
    "in a Lambda's record of SQS behind SNS": lambda value: dumped(
        {
            "Records": [
                {"messageId": "q", "receiptHandle": "r", "body": json.dumps(sns(value)), "eventSource": "aws:sqs"}
            ]
        }
    ),
    "in an event of EventBridge": lambda value: dumped(
        {
            "version": "0",
            "id": "e",
            "detail-type": "Email",
            "source": "aws.ses",
            "time": "2026-11-21T09:31:08Z",
            "detail": value,
        }
    ),
    "in the body of an API gateway's request": lambda value: dumped(
        {"version": "2.0", "routeKey": "POST /", "headers": {"host": "example.com"}, "body": json.dumps([value])}
    ),
    "in data of Firehose": lambda value: dumped(
        {"requestId": "r", "timestamp": 1, "records": [{"data": base64.b64encode(dumped(value)).decode()}]}
    ),
    "in a message of Pub/Sub": lambda value: dumped(
        {"message": {"data": base64.b64encode(dumped(value)).decode(), "messageId": "1"}, "subscription": "s"}
    ),
    "in the messages of CloudWatch": lambda value: dumped(
        {
            "messageType": "DATA_MESSAGE",
            "logGroup": "g",
            "logEvents": [{"id": "1", "timestamp": 1795253468000, "message": json.dumps(value)}],
        }
    ),
    "in what CloudWatch found": lambda value: dumped(
        {"events": [{"logStreamName": "s", "timestamp": 1795253468000, "message": json.dumps(value), "eventId": "3"}]}
    ),
    "in a container's line": lambda value: dumped(
        {"log": json.dumps(value) + "\n", "stream": "stdout", "time": "2026-11-21T09:31:08.1Z"}
    ),
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_an_event_says_the_same_in_every_wrapping(tmp_path, name):
    wrap, wrong = WRAPPINGS[name], []
    for sample in SAMPLES:
        plain, _ = read(tmp_path, dumped(sample), name="plain")
        events, reading = read(tmp_path, wrap(sample), name="wrapped")
        expected = [told(event, *FIELDS) for event in plain]
        found = [told(event, *FIELDS) for event in events]
        # What has no time of its own has that of its wrapping.
        timeless = [
            (*one[:8], None, *one[9:]) if bare[8] is None else one for one, bare in zip(found, expected, strict=False)
        ]
        if timeless != expected or len(found) != len(expected) or reading.unread_lines:
            wrong.append((expected, found, reading.samples))
    assert not wrong, (len(wrong), wrong[0])


def test_there_are_samples_of_every_service():
    from healthcheck.intake.services.known import SERVICES

    services = {found[0] for sample in SAMPLES if (found := json_events(sample)) is not None}
    inside = {"mailtrap", "klaviyo", "infobip"}  # these are always in a list
    assert {row[0] for row in SERVICES} <= services | inside | {"copernica"}  # a form


def nested(value: object, path: tuple = ()):
    """Every place in a value, as a path of keys and indices."""
    yield path
    if isinstance(value, dict):
        for key, one in value.items():
            yield from nested(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from nested(one, (*path, index))


def replaced(value: object, path: tuple, new: object) -> object:
    if not path:
        return new
    if isinstance(value, dict):
        return {key: replaced(one, path[1:], new) if key == path[0] else one for key, one in value.items()}
    return [replaced(one, path[1:], new) if index == path[0] else one for index, one in enumerate(value)]


OTHERS = (None, True, 7, -1.5, "", "x", "\u202e\x07", [], [None, 3, {}], {}, {"email": {"email": []}}, 10**40)


@pytest.mark.parametrize("sample", SAMPLES, ids=range(len(SAMPLES)))
def test_a_value_of_any_other_type_in_any_place_breaks_nothing(sample):
    from checks.delivery.events import Place
    from checks.delivery.meaning import judged
    from healthcheck.intake.log import LogReader
    from healthcheck.intake.stamps import zone_named

    log = LogReader(zone_named(None))
    for path in nested(sample):
        for new in OTHERS if path else ():
            for said in log.read_objects(replaced(sample, path, new)) or ():
                event = judged(said, Place("f", 1))
                assert event.recipient is None or event.recipient.isprintable()


def test_fields_that_are_not_known_change_nothing(tmp_path):
    for sample in (one for one in SAMPLES if len(one) > 1):  # a line of Elasticsearch's bulk format has one
        more = {**sample, "zz_new": {"a": [1, None]}, "zz_other": "550 5.1.1 user unknown", "zz_null": None}
        plain, _ = read(tmp_path, dumped(sample), name="plain")
        events, _ = read(tmp_path, dumped(more), name="more")
        assert [told(event, *FIELDS) for event in events] == [told(event, *FIELDS) for event in plain], sample
