"""What stands before a line of a log: stamps, priorities, hosts and programs, and what collectors put in front of those."""

import re

PRIORITY = re.compile(r"<\d{1,3}>(?:1 )?")
YEARLESS = re.compile(r"([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d)(?:\.\d{1,9})? ")
YEAR_LAST = re.compile(r"[A-Z][a-z]{2} {1,2}\d{1,2} (\d{4}) (\d\d:\d\d:\d\d) ")
YEAR_FIRST = re.compile(r"(\d{4}) ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d) ")
ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*(?: [+-]\d{4})? ")
STRUCTURED = re.compile(r"-(?: |$)|(?:\[(?:[^\]\\]|\\.)*\])+ ?")
TAI = re.compile(r"@([0-9a-f]{24}) ")
PROGRAM = re.compile(r"([^\s\[:]{1,128})(?:\[[^\]\s]{1,64}\])?:? ?")
DAYS = frozenset({"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "})
WEEKDAY = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d{1,9})? ([A-Z]{2,5}|[+-]\d{2,4}) "
)
CISCO = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4}) "
    r"(?:Critical|Warning|Info|Debug|Trace): "
)
UNIX = re.compile(r"(\d{9,11}\.\d{1,9}) (?=\S{1,255} \S{1,200}: )")
FACILITY = re.compile(r"(?:<?[a-z]{2,8}\d?[.:][a-z]{2,7}>? )")
SOLARIS_ID = re.compile(r"\[ID \d{1,10} [a-z0-9]{2,8}\.[a-z]{2,7}\] ")
CRI = re.compile(r"std(?:out|err) [FP] ")
PREFIXED = re.compile(
    r"(?:[\w.-]{1,100} +\| |\[pod/[\w./-]{1,300}\] |[\w./-]{0,300}(?:log|journal)[\w.-]{0,40}:(?:\d{1,9}:)?)(?=[A-Z<@{\[\d])"
)
"""What docker compose, kubectl and grep put before a line: who wrote it, or the file it stands in."""
FRAMED = re.compile(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\{\"|<\d{1,3}>")
"""The beginning of a line that has a frame of its own."""
BARE_5424 = re.compile(r"1 (?=\d{4}-\d\d-\d\dT\S{1,40} \S{1,255} \S{1,48} \S{1,128} \S{1,32} (?:-|\[))")
"""RFC 5424 as some collectors store it, without its priority."""
COUNTED = re.compile(r"\d{1,6} (?=<\d{1,3}>)")
"""The length before a line as it goes over TCP. RFC 6587 section 3.4.1"""
CLOCK = re.compile(r"(\d{9,11}\.\d{1,9}) ")
NOTE = re.compile(r"-- (?:Logs|Journal|Boot|Reboot|No entries|cursor|Support)\b")
COLOUR = re.compile(r"\x1b\[[0-9;]{0,10}m")
QMAIL = re.compile(r"(?:(?:new|info|end) msg |starting delivery |delivery \d|status: |triple bounce|bounce msg )")
RARE = frozenset("\x1e\x1bd[-")
UNUSUAL = re.compile(
    rf"(?:\x1b\[[0-9;]{{1,10}}m)?\[[A-Z]{{4,8}}\] |{CRI.pattern}|\{{|{QMAIL.pattern}|{FRAMED.pattern}|"
    r"[A-Z]{4,5} [A-Z][^()=]{0,80} \([a-z-]{2,20}\.[a-z-]{2,40}\)|[^{}\t]{5,120}(?:\t|#011)\{|[0-9a-f]{16} (?:mta|mda|smtp) "
)
