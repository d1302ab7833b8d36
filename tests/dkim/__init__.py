"""Tests of the DKIM room: records, selectors, and how keys are looked for."""
