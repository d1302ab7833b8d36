"""Diagnosis: what was observed of the mail, joined with what the checks found.

A reply says that mail failed, and guesses why; a check says what is wrong, and not whether anybody minds. Together they make a
*cause*: confirmed where a finding agrees with the replies, ruled out where the suspect was looked at and is well, open where
nobody could look. `causes` is the one function of the room; docs/diagnosis.md tells how it decides.
"""
