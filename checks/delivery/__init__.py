"""What really happened to the mail: events, what they mean, and how often.

An *event* is one thing said about one recipient of one message: taken, put off, given up, refused, complained about. Logs
of mail servers, bounce mails and the webhooks of sending services say the same things in many forms; `healthcheck.intake`
reads them, `events` is what they have in common, `meaning` says what a failure means, `tally` counts.
"""
