"""Lines of mail servers as stores and collectors of logs hand them out: each in its own JSON, all the same event."""

import json

import pytest

from tests.intake.reading import read, told

MESSAGES = {
    "postfix/smtp": "4E30B1100C7: to=<kim@example.net>, relay=mx.example.net[192.0.2.9]:25, delay=1, dsn=5.1.1, "
    "status=bounced (host mx.example.net[192.0.2.9] said: 550 5.1.1 user unknown (in reply to RCPT TO command))",
    "exim": "1tE0ab-000001-2c ** kim@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.9]: SMTP error from "
    "remote mail server after RCPT TO:<kim@example.net>: 550 5.1.1 user unknown",
    "sendmail": "5AL9V7x1004711: to=<kim@example.net>, delay=00:00:02, mailer=esmtp, relay=mx.example.net. [192.0.2.9], "
    "dsn=5.1.1, stat=User unknown",
}
TIME = "2026-11-21T09:31:07.123Z"
NANOSECONDS = "1795253467000000000"

STORES = {
    "Google Cloud, a line in jsonPayload": lambda line, program, text: {
        "insertId": "i",
        "jsonPayload": {"message": line},
        "timestamp": TIME,
    },
    "Google Cloud, a message in jsonPayload": lambda line, program, text: {
        "jsonPayload": {"message": text, "ident": program, "host": "mail"},
        "timestamp": TIME,
    },
    "Google Cloud, a journal's entry": lambda line, program, text: {
        "jsonPayload": {"MESSAGE": text, "SYSLOG_IDENTIFIER": program},
        "timestamp": TIME,
    },
    "Loki, what it answers": lambda line, program, text: {
        "status": "success",
        "data": {"resultType": "streams", "result": [{"stream": {"job": "mail"}, "values": [[NANOSECONDS, line]]}]},
    },
    "Loki, what is pushed to it": lambda line, program, text: {
        "streams": [{"stream": {"job": "mail"}, "values": [[NANOSECONDS, line]]}]
    },
    "CloudWatch Logs Insights": lambda line, program, text: {
        "results": [[{"field": "@timestamp", "value": "2026-11-21 09:31:07.000"}, {"field": "@message", "value": line}]]
    },
    "Elasticsearch, what it answers": lambda line, program, text: {
        "took": 1,
        "hits": {"total": {"value": 1}, "hits": [{"_id": "1", "_source": {"@timestamp": TIME, "message": line}}]},
    },
    "Elasticsearch, a document": lambda line, program, text: {
        "_index": "x",
        "_source": {"@timestamp": TIME, "message": text, "process": {"name": program}},
    },
    "Graylog": lambda line, program, text: {"message": {"message": line, "timestamp": TIME}, "index": "x"},
    "GELF with the program's name": lambda line, program, text: {
        "version": "1.1",
        "short_message": text,
        "timestamp": 1795253467.123,
        "_application_name": program,
    },
    "Splunk, what it exports": lambda line, program, text: {"preview": False, "result": {"_raw": line, "_time": TIME}},
    "Splunk, what is sent to it": lambda line, program, text: {
        "time": 1795253467.0,
        "sourcetype": "syslog",
        "event": line,
    },
    "Datadog": lambda line, program, text: {"id": "A", "content": {"timestamp": TIME, "message": line}},
    "Azure Monitor": lambda line, program, text: {"TimeGenerated": TIME, "ProcessName": program, "SyslogMessage": text},
    "rsyslog, whose message begins with a blank": lambda line, program, text: {
        "msg": f" {text}",
        "timereported": TIME,
        "programname": program,
    },
    "syslog-ng, whose date has no year": lambda line, program, text: {
        "PROGRAM": program,
        "MESSAGE": text,
        "DATE": "Nov 21 09:31:07",
    },
    "OpenTelemetry": lambda line, program, text: {
        "resourceLogs": [
            {"scopeLogs": [{"logRecords": [{"timeUnixNano": NANOSECONDS, "body": {"stringValue": line}}]}]},
        ]
    },
}


@pytest.mark.parametrize("program", MESSAGES)
@pytest.mark.parametrize("store", STORES)
def test_a_store_of_logs_hands_out_the_line_of_a_server(tmp_path, store, program):
    text = MESSAGES[program]
    line = f"2026-11-21 09:31:07 {text}" if program == "exim" else f"Nov 21 09:31:07 mail {program}[4711]: {text}"
    events, reading = read(tmp_path, json.dumps(STORES[store](line, program, text)) + "\n")
    assert [told(event, "kind", "recipient", "category", "time") for event in events] == [
        ("bounced", "kim@example.net", "recipient_unknown", "2026-11-21T09:31:07Z")
    ]
    assert reading.unread_lines == 0


@pytest.mark.parametrize("program", MESSAGES)
@pytest.mark.parametrize(
    "before",
    ["171 <22>1 2026-11-21T09:31:07Z mail {} 4711 - - ", "Nov 21 09:31:08 collector Nov 21 09:31:07 mail {}[4711]: "],
    ids=["its length, as it goes over TCP", "the stamp of the collector"],
)
def test_a_line_has_something_before_its_frame(tmp_path, program, before):
    events, reading = read(tmp_path, before.format(program) + MESSAGES[program] + "\n")
    assert [told(event, "kind", "time") for event in events] == [("bounced", "2026-11-21T09:31:07Z")]
    assert reading.unread_lines == 0


@pytest.mark.parametrize(
    "value",
    [
        {"streams": [{"values": [["x"], "y", [1, 2], None]}, 7]},
        {"hits": {"hits": [{"_source": "text"}, []]}},
        {"results": [[], [{"field": []}], [7]]},
        {"resourceLogs": [{"scopeLogs": {"logRecords": [{"body": {"stringValue": [1]}}]}}]},
        {"jsonPayload": {"jsonPayload": {"jsonPayload": {"jsonPayload": {"jsonPayload": {"jsonPayload": {}}}}}}},
        {"message": {"message": {"message": "x"}}},
        {"event": "delivered", "sourcetype": 1},
    ],
    ids=json.dumps,
)
def test_what_only_looks_like_a_store_is_told_and_not_read(tmp_path, value):
    events, reading = read(tmp_path, json.dumps(value) + "\n")
    assert (events, reading.unread_lines) == ([], 1)
