"""The adversarial battery: tests of a judge made by program from any papers, one seeded fault each.

    from eval.battery import battery_figures, battery_requests, build_battery

    battery = build_battery(papers, split="test", seed=0)
    figures = battery_figures(ask(judge, battery_requests(battery)))

Written apart from :mod:`eval.claim_mutations`, with other operations and other words, because that is what the offline
judge was fitted on: a judge that has learnt the faults of its training must not be tested with the same ones. Over the
bundled notes the battery takes the papers of the test half. The packaged calibration was nevertheless fitted on
sentences of *all* notes, so the untouched sentences are not new to it; the report says so.
"""

from __future__ import annotations

from eval.battery.build import Battery, Probe, build_battery
from eval.battery.figures import KINDS, battery_figures, battery_requests, passed, quote_items

__all__ = [
    "KINDS",
    "Battery",
    "Probe",
    "battery_figures",
    "battery_requests",
    "build_battery",
    "passed",
    "quote_items",
]
