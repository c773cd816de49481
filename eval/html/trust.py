"""Can its confidence be trusted? Risk against coverage, the judge's calibration, and length as a control."""

from __future__ import annotations

from eval.confidence import SIGNALS, Calibration, RiskCoverage, calibration, risk_coverage
from eval.html.charts import calibration_plot, number, risk_plot, spread, track
from eval.html.headline import metric_name, row
from eval.html.markup import Child, Html, section, table, tag
from eval.length import LengthControl, length_control
from eval.records import Run
from eval.statistics import Interval


def confidence(run: Run) -> Html | None:
    """Risk-coverage curves and the judge's calibration; None where neither can be had."""
    curves = [c for signal in SIGNALS if (c := risk_coverage(run, signal)) is not None]
    found = calibration(run)
    panels: list[Child] = []
    if curves:
        panels.append(_risk(curves))
    if found is not None:
        panels.append(_calibration(found))
    if not panels:
        return None
    return section("confidence", "Confidence", tag("div", *panels, class_="plots"))


def _risk(curves: list[RiskCoverage]) -> Html:
    first = curves[0]
    keys: list[Child] = [tag("li", SIGNALS[c.signal], class_=f"key c{at}") for at, c in enumerate(curves)]
    keys += [
        tag("li", "an order that knows nothing", class_="key chance"),
        tag("li", "one that knows all", class_="key ideal"),
    ]
    rows = [(SIGNALS[c.signal], _figure(c.area), _figure(c.gain), f"{c.distinct:,} of {c.answered:,}") for c in curves]
    notes = [
        f"{first.answered:,} of {first.asked:,} questions were answered, {100 * first.chance:.1f} % of them wrongly: "
        "no gold sentence quoted, answered though no paper does, or failed. If only the most confident answers were "
        "given, how many would be wrong? Bands are 95 %, point by point. Equal confidences share their risk.",
    ]
    if flat := [SIGNALS[c.signal] for c in curves if c.gain.low is None or c.gain.low <= 0 <= (c.gain.high or 0)]:
        notes.append(f"No better than chance was detected for: {'; '.join(flat)}.")
    header = ("confidence", "mean risk (area)", "below chance by", "different values")
    return tag(
        "div",
        tag("h3", "Risk against coverage"),
        risk_plot(curves),
        tag("ul", *keys, class_="keys"),
        table(header, rows),
        *(tag("p", text, class_="note") for text in notes),
    )


def _calibration(found: Calibration) -> Html:
    rows = [(f"{b.low:.2f} to {b.high:.2f}", number(b.score, 2), _figure(b.gold), f"{b.n:,}") for b in found.bins]
    n = f"{found.claims:,} claims of {found.questions:,} questions"
    text = (
        f"Expected calibration error {number(found.error.value)} {spread(found.error)}, Brier score "
        f"{number(found.brier.value)} {spread(found.brier)}; {n}. The score says whether a claim follows from its "
        "quote; gold says whether the quote is one that we wrote down as the answer. A true sentence beside the point "
        "counts against the score here, so the dots lie below the line even for a judge that never errs."
    )
    return tag(
        "div",
        tag("h3", f"The judge's score against gold evidence ({found.judge})"),
        calibration_plot(found),
        table(("score", "mean", "share that quotes gold", "claims"), rows),
        tag("p", text, class_="note"),
    )


def _figure(interval: Interval) -> Child:
    return [number(interval.value), " ", tag("small", spread(interval))]


def length(run: Run) -> Html | None:
    """Each quality beside the length of the answers; None where there are too few answers."""
    found = length_control(run)
    if not found:
        return None
    note = (
        "Quality of short, middling and long answers (words of the claims, a third each), and Spearman's rho of length "
        "and quality. A quality that follows length may be won by writing more or less, without answering better."
    )
    return section("length", "Length as a control", tag("div", *map(_length, found), class_="panels"), note=note)


def _length(control: LengthControl) -> Html:
    rho = control.rho
    told = "rho undefined: all equal" if rho is None else f"rho {number(rho.value, 2)} {spread(rho, 2)}, n={rho.n}"
    rows = [
        row(f"{t.words[0]} to {t.words[1]} words", track(t.quality.value, t.quality.low, t.quality.high),
            [tag("b", number(t.quality.value)), " ", spread(t.quality)], f"n={t.quality.n}")
        for t in control.thirds
    ]  # fmt: skip
    head = tag("h3", metric_name(control.metric), " ", tag("small", told, class_="quiet"))
    return tag("div", head, tag("div", *rows, class_="rows"))
