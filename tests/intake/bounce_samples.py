"""Bounce mails and their like, written after what mail systems send: what each must be read as.

Each sample is a mail and the events in it: (kind, recipient, basic code, enhanced code). Names are reserved ones.
"""

import base64
import quopri

HEAD = "From: Mail Delivery System <MAILER-DAEMON@mx.example.com>\nTo: news@example.com\nDate: Sat, 21 Nov 2026 09:31:07 +0000\n"
COPY = (
    "Return-Path: <news@example.com>\nReceived: from app.example.com ([192.0.2.7]) by mx.example.com; Sat, 21 Nov 2026 09:31:00 +0000\n"
    "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s1; h=from; bh=x; b=y\nFrom: News <news@example.com>\n"
    "To: kim@example.net\nSubject: News\nMessage-ID: <1@example.com>\n\nHello\n"
)


def in_words(subject, words, *, head=HEAD, fields="", charset=None, encoding=None):
    """A bounce in one part of text."""
    body = words.encode(charset or "utf-8")
    if encoding == "base64":
        body = base64.encodebytes(body)
    elif encoding == "quoted-printable":
        body = quopri.encodestring(body)
    declared = f"MIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\n" if charset else ""
    declared += f"Content-Transfer-Encoding: {encoding}\n" if encoding else ""
    return f"{head}Subject: {subject}\n{fields}{declared}\n".encode() + body


def report(
    status, words="Your message could not be delivered.", kind="message/delivery-status", extra="", returned=COPY
):
    """A mail with a delivery status of that type."""
    return (
        f"{HEAD}Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\nAuto-Submitted: auto-replied\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b/1"\n\nThis is MIME.\n\n--=_b/1\n\n{words}\n\n'
        f"--=_b/1\nContent-Type: {kind}\n{extra}\n{status}\n--=_b/1\nContent-Type: message/rfc822\n\n{returned}\n--=_b/1--\n"
    ).encode()


STATUS = (
    "Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; kim@example.net\nAction: failed\nStatus: 5.1.1\n"
    "Remote-MTA: dns; mx.example.net\nDiagnostic-Code: smtp; 550 5.1.1 No such user\n"
)
UNKNOWN = [("bounced", "kim@example.net", "550", "5.1.1")]
ENCODED = base64.encodebytes(STATUS.encode()).decode()

SAMPLES = {
    # RFC 3464, and what servers make of it
    "a delivery status": (report(STATUS), UNKNOWN),
    "with the ends of lines of the wire": (report(STATUS).replace(b"\n", b"\r\n"), UNKNOWN),
    "in base64": (report(ENCODED, extra="Content-Transfer-Encoding: base64\n"), UNKNOWN),
    "called text": (report(STATUS, kind="text/plain"), UNKNOWN),
    "called nothing known": (report(STATUS, kind="application/octet-stream"), UNKNOWN),
    "with an empty line inside a group": (report(STATUS.replace("Action: failed", "\nAction: failed")), UNKNOWN),
    "without empty lines between groups": (
        report(STATUS + STATUS.partition("\n\n")[2].replace("kim", "sam")),
        [*UNKNOWN, ("bounced", "sam@example.net", "550", "5.1.1")],
    ),
    "without a final recipient": (report(STATUS.replace("Final-", "Original-")), UNKNOWN),
    "an original recipient in xtext": (
        report(
            STATUS.replace("rfc822; kim", "x400; no-address").replace("@example.net\n", "\n", 1)
            + "Original-Recipient: rfc822; kim+2Bnews@example.net\n"
        ),
        [("bounced", "kim+news@example.net", "550", "5.1.1")],
    ),
    "an address in another script": (
        report(STATUS.replace("rfc822; kim", r"utf-8; k\x{ED}m"), kind="message/global-delivery-status"),
        [("bounced", "k\u00edm@example.net", "550", "5.1.1")],
    ),
    "delayed, relayed and expanded": (
        report(
            "Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; a@example.net\nAction: delayed\nStatus: 4.4.1\n"
            "Will-Retry-Until: Tue, 24 Nov 2026 09:31:07 +0000\n\nFinal-Recipient: rfc822; b@example.net\nAction: relayed\nStatus: 2.0.0\n\n"
            "Final-Recipient: rfc822; c@example.net\nAction: expanded\nStatus: 2.0.0\n"
        ),
        [
            ("deferred", "a@example.net", None, "4.4.1"),
            ("delivered", "b@example.net", None, "2.0.0"),
            ("other", "c@example.net", None, "2.0.0"),
        ],
    ),
    "an exit code is no SMTP code": (
        report(STATUS.replace("smtp; 550 5.1.1 No such user", "X-Unix; 67"), "<kim@example.net>: unknown user"),
        [("bounced", "kim@example.net", None, "5.1.1")],
    ),
    "forwarded as an attachment": (
        b"From: kim@example.org\nTo: help@example.org\nSubject: what is this?\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="o"\n\n--o\n\nSee below\n--o\nContent-Type: message/rfc822\n\n'
        + report(STATUS)
        + b"\n--o--\n",
        UNKNOWN,
    ),
    # In words
    "qmail": (
        in_words(
            "failure notice",
            "Hi. This is the qmail-send program at mx.example.com.\nI'm afraid I wasn't able to deliver your "
            "message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
            "<kim@example.net>:\n192.0.2.9 does not like recipient.\nRemote host said: 550 5.1.1 no such user\nGiving up on "
            "192.0.2.9.\n\n<sam@example.org>:\nSorry, I couldn't find any host named example.org. (#5.1.2)\n\n"
            f"--- Below this line is a copy of the message.\n\n{COPY}",
        ),
        [*UNKNOWN, ("bounced", "sam@example.org", None, "5.1.2")],
    ),
    "Exim": (
        in_words(
            "Mail delivery failed: returning message to sender",
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered "
            "to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
            "  kim@example.net\n    host mx.example.net [192.0.2.9]\n    SMTP error from remote mail server after RCPT "
            "TO:<kim@example.net>:\n    550 5.1.1 No such user\n\n------ This is a copy of the message, including all the headers. "
            f"------\n\n{COPY}",
            fields="X-Failed-Recipients: kim@example.net\nAuto-Submitted: auto-replied\n",
        ),
        UNKNOWN,
    ),
    "Exim's warning": (
        in_words(
            "Warning: message 1tabcd-000 delayed 24 hours",
            "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to "
            "one or more of its\nrecipients after more than 24 hours on the queue on mx.example.com.\n\nThe address to which the "
            "message has not yet been delivered is:\n\n  kim@example.net\n    host mx.example.net [192.0.2.9]\n    Delay reason: SMTP "
            "error from remote mail server after RCPT TO:<kim@example.net>:\n    451 4.7.1 Greylisted\n\nNo action is required on your "
            "part. Delivery attempts will continue for\nsome time.\n",
            fields="Auto-Submitted: auto-replied\n",
        ),
        [("deferred", "kim@example.net", "451", "4.7.1")],
    ),
    "Exchange with numbers in front of its code": (
        in_words(
            "Undeliverable: News",
            "Delivery has failed to these recipients or groups:\n\nkim@example.net<mailto:kim@example.net>\n"
            "Your message wasn't delivered because of a rule.\n\nDiagnostic information for administrators:\n\nGenerating server: "
            "mx.example.com\n\nkim@example.net\nRemote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'\n"
            "#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\nOriginal message headers:\n\n" + COPY,
            head=HEAD.replace(
                "Mail Delivery System <MAILER-DAEMON",
                "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e",
            ),
        ),
        UNKNOWN,
    ),
    "a page of Office 365": (
        in_words(
            "Undeliverable: News",
            "<html><head><title>550 5.7.1 style</title><style>p {x: 554}</style></head><body><table><tr><td>"
            "<p>Your message to <a href='mailto:kim@example.net'>kim@example.net</a> couldn't be delivered.</p></td></tr></table>"
            "<p><b>kim</b> wasn't found at example.net.</p><p>Error Details<br>Reported error: <i>550 5.1.10 RESOLVER.ADR."
            "RecipientNotFound; Recipient kim@example.net not found by SMTP address lookup</i></p></body></html>",
            fields="MIME-Version: 1.0\nContent-Type: text/html\n",
        ),
        [("bounced", "kim@example.net", "550", "5.1.10")],
    ),
    "Yahoo": (
        in_words(
            "Failure Notice",
            "Sorry, we were unable to deliver your message to the following address.\n\n<kim@example.net>:\n"
            "554: 5.7.9 Message not accepted for policy reasons. See https://example.net/error\n\n--- Below this line is a copy of the "
            f"message.\n\n{COPY}",
        ),
        [("bounced", "kim@example.net", "554", "5.7.9")],
    ),
    "Gmail in words": (
        in_words(
            "Delivery Status Notification (Failure)",
            "\n** Address not found **\n\nYour message wasn't delivered to kim@example.net because "
            "the address couldn't be found, or is unable to receive mail.\n\nThe response from the remote server was:\n550 5.1.1 The email "
            "account that you tried to reach does not exist.\n",
            fields="X-Failed-Recipients: kim@example.net\n",
        ),
        UNKNOWN,
    ),
    "Sendmail's transcript": (
        in_words(
            "Returned mail: see transcript for details",
            "The original message was received at Sat, 21 Nov 2026 09:31:00 GMT\nfrom "
            "app.example.com [192.0.2.7]\n\n   ----- The following addresses had permanent fatal errors -----\n<kim@example.net>\n    "
            "(reason: 550 5.1.1 No such user)\n\n   ----- Transcript of session follows -----\n... while talking to mx.example.net.:\n"
            ">>> DATA\n<<< 550 5.1.1 No such user\n550 5.1.1 <kim@example.net>... User unknown\n",
        ),
        UNKNOWN,
    ),
    "Domino": (
        in_words(
            "DELIVERY FAILURE: User kim (kim@example.net) not listed in Domino Directory",
            "Your message\n\n  Subject: News\n\nwas not "
            "delivered to:\n\n  kim@example.net\n\nbecause:\n\n  User kim (kim@example.net) not listed in Domino Directory\n",
        ),
        [("bounced", "kim@example.net", None, None)],
    ),
    "a header that names who failed": (
        in_words(
            "Mail delivery failed",
            "550 5.1.1 unknown\n",
            fields="X-Failed-Recipients: kim@example.net, sam@example.net\n",
        ),
        [*UNKNOWN, ("bounced", "sam@example.net", "550", "5.1.1")],
    ),
    # Other languages and encodings
    "German": (
        in_words(
            "Unzustellbar: News",
            "Ihre Nachricht konnte den folgenden Empf\u00e4nger nicht erreichen:\n\nkim@example.net\n\n"
            "Fehler: 550 5.1.1 Postfach existiert nicht\n",
            charset="iso-8859-1",
            encoding="quoted-printable",
        ),
        UNKNOWN,
    ),
    "French": (
        in_words(
            "=?iso-8859-1?Q?=C9chec_de_la_remise?=",
            "Votre message n'a pas pu \u00eatre remis au destinataire suivant :\n\n"
            "Destinataire : kim@example.net\nR\u00e9ponse du serveur : 550 5.1.1 Adresse inconnue\n",
            charset="windows-1252",
        ),
        UNKNOWN,
    ),
    "Spanish": (
        in_words(
            "No se pudo entregar el mensaje",
            "El mensaje no se pudo entregar a:\nPara: kim@example.net\n552 5.2.2 buz\u00f3n lleno\n",
            charset="utf-8",
        ),
        [("bounced", "kim@example.net", "552", "5.2.2")],
    ),
    "Italian": (
        in_words(
            "Mancato recapito",
            "Non \u00e8 stato possibile consegnare il messaggio a:\nDestinatario: kim@example.net\n550 5.1.1 utente sconosciuto\n",
        ),
        UNKNOWN,
    ),
    "Portuguese": (
        in_words(
            "Falha na entrega",
            "N\u00e3o foi poss\u00edvel entregar a mensagem:\n<kim@example.net>: 550 5.1.1 usu\u00e1rio desconhecido\n",
            charset="utf-8",
            encoding="base64",
        ),
        UNKNOWN,
    ),
    "Dutch": (
        in_words(
            "Onbestelbaar: Nieuws", "Uw bericht kon niet worden bezorgd.\n\nAan: kim@example.net\n550 5.1.1 onbekend\n"
        ),
        UNKNOWN,
    ),
    "Polish": (
        in_words(
            "Niedostarczona wiadomo\u015b\u0107",
            "Nie mo\u017cna dostarczy\u0107:\nAdresat: kim@example.net\n550 5.1.1 brak\n",
        ),
        UNKNOWN,
    ),
    "Russian": (
        in_words(
            "=?koi8-r?B?7sXEz9PUwdfMxc7Ozw==?=",
            "\u0421\u043e\u043e\u0431\u0449\u0435\u043d\u0438\u0435 \u043d\u0435 \u043c\u043e\u0436\u0435\u0442 \u0431\u044b\u0442\u044c \u0434\u043e\u0441\u0442\u0430\u0432\u043b\u0435\u043d\u043e:\n\n<kim@example.net>\n550 5.1.1 no such user\n",
            charset="koi8-r",
        ),
        UNKNOWN,
    ),
    "Japanese": (
        in_words(
            "=?iso-2022-jp?B?GyRCR1s/LkRMQ04bKEI=?=",
            "\u6b21\u306e\u5b9b\u5148\u306b\u914d\u4fe1\u3067\u304d\u307e\u305b\u3093\u3067\u3057\u305f\u3002\n\n\u5b9b\u5148\uff1akim@example.net\n550 5.1.1 User unknown\n",
            charset="iso-2022-jp",
        ),
        UNKNOWN,
    ),
    "Chinese": (
        in_words(
            "\u7cfb\u7edf\u9000\u4fe1",
            "\u60a8\u7684\u90ae\u4ef6\u88ab\u9000\u56de\u3002\n\u6536\u4ef6\u4eba\uff1akim@example.net\n\u9000\u4fe1\u539f\u56e0\uff1a550 5.1.1 User not found\n",
            charset="gb2312",
            encoding="base64",
        ),
        UNKNOWN,
    ),
    # What nobody refused
    "a letter": (b"From: kim@example.net\nTo: news@example.com\nSubject: hello\n\nHow are you? 550 people came.\n", []),
    "a letter about a bounce": (
        in_words(
            "Re: Undelivered Mail Returned to Sender",
            "I got this too:\n> 550 5.1.1 user unknown\n",
            head="From: Kim <kim@example.net>\nTo: sam@example.com\n",
        ),
        [],
    ),
    "a newsletter of the postmaster": (
        in_words(
            "Maintenance on Sunday",
            "The mail servers will be down from 5 to 6.\n",
            head="From: Postmaster <postmaster@example.net>\nTo: all@example.com\n",
        ),
        [],
    ),
    "what cron writes": (
        in_words(
            "Cron <root@mx> /usr/bin/backup",
            "backup: 450 files failed\n",
            head="From: root (Cron Daemon)\nTo: root@example.com\n",
            fields="Auto-Submitted: auto-generated\n",
        ),
        [],
    ),
    "out of office": (
        in_words(
            "Automatic reply: News",
            "I am away until Monday. Urgent mail could not be answered.\n",
            head="From: Kim <kim@example.net>\nTo: news@example.com\n",
            fields="Auto-Submitted: auto-replied\n",
        ),
        [("autoreplied", "kim@example.net", None, None)],
    ),
    "absent in German, without a mark": (
        in_words(
            "Abwesenheitsnotiz: News",
            "Ich bin nicht im Haus.\n",
            head="From: Kim <kim@example.net>\nTo: news@example.com\n",
        ),
        [("autoreplied", "kim@example.net", None, None)],
    ),
    "a challenge": (
        in_words(
            "Please confirm your message to kim",
            "Your message is being held until you confirm.\n",
            head="Return-Path: <>\nFrom: kim@example.net\nTo: news@example.com\n",
        ),
        [("autoreplied", "kim@example.net", None, None)],
    ),
    "a receipt": (
        b"From: kim@example.net\nTo: news@example.com\nSubject: Read: News\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n\n--b\n\nRead.\n--b\n'
        b"Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; kim@example.net\nDisposition: manual-action/MDN-sent-manually; displayed\n--b--\n",
        [("other", "kim@example.net", None, None)],
    ),
    "a request to be unsubscribed": (
        b"From: kim@example.net\nTo: leave-7@example.com\nSubject: unsubscribe\nAuto-Submitted: auto-replied\n\nunsubscribe\n",
        [("unsubscribed", "kim@example.net", None, None)],
    ),
}


def by(sender, to="news@example.com"):
    """The beginning of a header."""
    return f"From: {sender}\nTo: {to}\nDate: Sat, 21 Nov 2026 09:31:07 +0000\n"


DAEMON = by("Mail Delivery Subsystem <postmaster@example.net>")
FIRST, SECOND = ("bounced", "kim@example.net", "550", "5.1.1"), ("bounced", "sam@example.net", "552", "5.2.2")
SAMPLES |= {
    "Exchange 5.5": (
        in_words(
            "Undeliverable: News",
            "Your message\n\n  To:      kim@example.net\n  Subject: News\n\ndid not reach the following "
            "recipient(s):\n\nkim@example.net on Sat, 21 Nov 2026 09:31:07 -0000\n    The recipient name is not recognized\n",
            head=by("System Administrator <postmaster@example.net>"),
        ),
        [("bounced", "kim@example.net", None, None)],
    ),
    "GroupWise": (
        in_words(
            "Message status - undeliverable",
            "The message that you sent was undeliverable to the following:\n\tkim@example.net "
            "(user not found)\n\nPossibly truncated original message follows:\n\n" + COPY,
            head=DAEMON,
        ),
        [("bounced", "kim@example.net", None, None)],
    ),
    "a session as MDaemon shows it": (
        in_words(
            "MDaemon Warning - Undeliverable mail",
            "--- Session Transcript ---\n Sat: --> RCPT To:<kim@example.net>\n Sat: <-- 550 5.1.1 "
            "<kim@example.net>, Recipient unknown\n--- End Transcript ---\n",
            head=by("MDaemon@example.net"),
        ),
        UNKNOWN,
    ),
    "addresses first, replies further down": (
        in_words(
            "Returned mail: User unknown",
            "   ----- The following addresses had permanent fatal errors -----\nkim@example.net\n"
            "sam@example.net\n\n   ----- Transcript of session follows -----\n550 5.1.1 kim@example.net... User unknown\n"
            "552 5.2.2 sam@example.net... mailbox full\n",
        ),
        [FIRST, SECOND],
    ),
    "an address with a space in it": (
        in_words("Mail delivery failed", '  "kim smith"@example.net\n    550 5.1.1 no such user\n'),
        [("bounced", '"kim smith"@example.net', "550", "5.1.1")],
    ),
    "Postfix's warning in words": (
        in_words(
            "Delayed Mail (still being retried)",
            "# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n\nYour message "
            "could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.\n\n<kim@example.net>: "
            "connect to mx.example.net[192.0.2.9]:25: Connection timed out\n",
        ),
        [("deferred", "kim@example.net", None, None)],
    ),
    "a warning that names nobody's reply": (
        in_words(
            "Delivery Status Notification (Delay)",
            "THIS IS A WARNING MESSAGE ONLY.\n\nDelivery to the following recipients has been "
            "delayed.\n\n       kim@example.net\n",
            head=DAEMON,
        ),
        [("deferred", "kim@example.net", None, None)],
    ),
    "Korean": (
        in_words(
            "[\uba54\uc77c \ubc1c\uc1a1 \uc2e4\ud328 \uc548\ub0b4]",
            "\ubc1b\ub294\uc0ac\ub78c : kim@example.net\n\uc2e4\ud328 \uc0ac\uc720: 550 5.1.1 User unknown\n",
            charset="euc-kr",
            encoding="base64",
        ),
        UNKNOWN,
    ),
    "German of Office 365": (
        in_words(
            "Unzustellbar: News",
            "Ihre Nachricht an kim@example.net konnte nicht zugestellt werden.\n\nGenerierender Server: mx.example.net\n"
            "kim@example.net\nRemote Server returned '550 5.1.1 RESOLVER.ADR.RecipientNotFound; not found'\n\nUrspr\u00fcngliche "
            "Nachrichtenkopfzeilen:\n\n" + COPY,
            head=DAEMON,
        ),
        UNKNOWN,
    ),
}
NOTHING = {
    "a parcel": in_words(
        "Delivery failed: your package could not be delivered",
        "It could not be delivered to 550 Main St.\n",
        head=by("Parcels <noreply@parcels.example>"),
    ),
    "a payment": in_words(
        "Payment failed",
        "Your payment of 550 EUR was rejected. Ask billing@shop.example.\n",
        head=by("billing@shop.example"),
    ),
    "an alert": in_words(
        "** PROBLEM SMTP is CRITICAL **",
        "SMTP CRITICAL - 421 4.3.2 Service not available\n",
        head=by("nagios@mon.example"),
    ),
    "a warning of the quota": in_words(
        "Your mailbox is almost full",
        "quota exceeded for\n\nnews@example.com\n",
        head=by("Postmaster <postmaster@example.com>"),
    ),
    "a call for help": in_words(
        "mail delivery failed",
        "My mail to kim@example.net comes back: 550 5.1.1 user unknown. Why?\n",
        head=by("sam@example.org"),
    ),
    "a mailing list": in_words(
        "[users] Undelivered Mail Returned to Sender?",
        "I get 550 5.1.1 <kim@example.net>\n",
        head=by("sam@example.org"),
        fields="List-Unsubscribe: <x>\n",
    ),
    "a summary of the log": in_words(
        "Logwatch for mx", "550 5.1.1 user unknown <kim@example.net> 3 times\n", head=by("logwatch@mx.example.com")
    ),
    "a summary by the postmaster": in_words(
        "Postmaster notification", "Delivered 550 messages.\n", head=by("postmaster@example.net")
    ),
    "a build": in_words("[repo] Run failed: CI", "5 jobs failed\n", head=by("notifications@code.example")),
    "the mail with a DMARC report": in_words(
        "Report Domain: example.com Submitter: example.net", "An aggregate report.\n", head=by("postmaster@example.net")
    ),
    "a list that asks for approval of nobody": in_words(
        "Spam digest",
        "5 messages are held for kim@example.net\n",
        head="Return-Path: <>\n" + by("quarantine@example.net"),
    ),
    "a ticket": in_words(
        "[Ticket#1] received",
        "We received it.\n",
        head=by("help@example.net"),
        fields="Auto-Submitted: auto-generated\n",
    ),
}
SAMPLES |= {name: (mail, []) for name, mail in NOTHING.items()}


def feedback(fields, returned="From: <news@example.com>\nTo: <kim@example.net>\nMessage-ID: <1@example.com>\n\nSpam\n"):
    """A feedback report with these fields."""
    return (
        "From: <fbl@example.net>\nTo: <fbl@example.com>\nSubject: complaint\nDate: Sat, 21 Nov 2026 09:31:07 +0000\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n--b\n\nThis is an abuse report.\n--b\n'
        f"Content-Type: message/feedback-report\n\nUser-Agent: X/1\nVersion: 1\n{fields}\n--b\nContent-Type: message/rfc822\n\n{returned}\n--b--\n"
    ).encode()


TAKEN_OUT = "From: <news@example.com>\nTo: [REDACTED]\n\nSpam\n"
COMPLAINTS = {
    "abuse": (
        feedback("Feedback-Type: abuse\nOriginal-Rcpt-To: <kim@example.net>\n"),
        [("complained", "kim@example.net")],
    ),
    "two recipients": (
        feedback("Feedback-Type: abuse\nOriginal-Rcpt-To: kim@example.net\nOriginal-Rcpt-To: sam@example.net\n"),
        [("complained", "kim@example.net"), ("complained", "sam@example.net")],
    ),
    "fraud, the recipient in the message": (feedback("Feedback-Type: fraud\n"), [("complained", "kim@example.net")]),
    "a recipient that was taken out": (
        feedback("Feedback-Type: abuse\nOriginal-Rcpt-To: redacted\n", TAKEN_OUT),
        [("complained", None)],
    ),
    "opt-out": (
        feedback("Feedback-Type: opt-out\nRemoval-Recipient: kim@example.net\n"),
        [("unsubscribed", "kim@example.net")],
    ),
    "not spam": (feedback("Feedback-Type: not-spam\n"), [("other", "kim@example.net")]),
    "failed authentication": (
        feedback("Feedback-Type: auth-failure\nAuth-Failure: dmarc\nOriginal-Rcpt-To: kim@example.net\n"),
        [("other", "kim@example.net")],
    ),
    "Microsoft's": (
        b"From: staff@example.net\nTo: jmrp@example.com\nSubject: complaint about message from 192.0.2.7\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: kim@example.net\n'
        b"From: news@example.com\nTo: undisclosed\nSubject: News\n\nSpam\n--b--\n",
        [("complained", "kim@example.net")],
    ),
}
