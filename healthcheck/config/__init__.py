"""healthcheck.toml: what is examined, judged, watched and told, read into one value.

model.py    Config: every table and key
secrets.py  references to secrets, and what they lead to
read.py     finding the file, reading it; every error names the key and its line
places.py   on which line of a TOML text a key stands
targets.py  a [[domain]] table as a target of a run
rules.py    the severity profile and the waivers, applied to a report
show.py     the values with their source
first.py    a first file, written from what the DNS tells
"""
