"""The plots: interval bars as plain boxes that follow the width of the page, curves as inline SVG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from eval.confidence import Calibration, RiskCoverage
from eval.html.markup import Child, Html, tag
from eval.statistics import Interval

# A viewBox of about a phone's width: on a phone letters are shown as large as they are drawn.
WIDTH: Final = 360
HEIGHT: Final = 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 14, 28, 38


def number(value: float, digits: int = 3) -> str:
    """A figure as shown everywhere; minus is a minus sign."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def spread(interval: Interval, digits: int = 3) -> str:
    """An interval in brackets, or why there is none."""
    if interval.low is None or interval.high is None:
        return "no interval: one cluster"
    return f"[{number(interval.low, digits)}, {number(interval.high, digits)}]"


def track(value: float, low: float | None, high: float | None, *, least: float = 0.0, most: float = 1.0,
          tone: str = "", zero: bool = False) -> Html:  # fmt: skip
    """A dot with its interval on a line from ``least`` to ``most``; ``zero`` draws where nothing differs."""

    def place(x: float) -> float:
        return round(100 * (min(max(x, least), most) - least) / (most - least), 2)

    parts: list[Child] = []
    if zero:
        parts.append(tag("i", class_="zero", style=f"left:{place(0)}%"))
    if low is not None and high is not None:
        width = round(place(high) - place(low), 2)
        parts.append(tag("i", class_="range", style=f"left:{place(low)}%;width:{width}%"))
    parts.append(tag("i", class_="dot", style=f"left:{place(value)}%"))
    return tag("div", *parts, class_=f"track {tone}".strip(), aria_hidden="true")


def stack(parts: Iterable[tuple[str, int, str]]) -> Html:
    """A bar of shares: (name, count, class). Counts stand in it where there is room."""
    kept = [(name, n, css) for name, n, css in parts if n]
    total = sum(n for _, n, _ in kept) or 1
    pieces = []
    for name, n, css in kept:
        style = f"width:{100 * n / total:.3f}%"
        pieces.append(tag("i", str(n) if n / total > 0.06 else None, class_=css, style=style, title=f"{name}: {n}"))
    return tag("div", *pieces, class_="stack")


def risk_plot(curves: Sequence[RiskCoverage]) -> Html:
    """Risk against coverage, with bands; dashed: an order that knows nothing; dotted: one that knows all."""
    top = _nice(max(max(c.high) for c in curves))
    frame = _Frame(1.0, top)
    first = curves[0]
    ends = f"{frame.x(0)},{frame.y(first.chance)} {frame.x(first.coverage[-1])},{frame.y(first.chance)}"
    right = 1 - first.chance
    shares = [c / first.coverage[-1] for c in first.coverage]
    ideal = [(c, max(0.0, 1 - right / s)) for c, s in zip(first.coverage, shares, strict=True)]
    drawn: list[Child] = []
    for place, curve in enumerate(curves):
        band = [*zip(curve.coverage, curve.low, strict=True)]
        band += reversed([*zip(curve.coverage, curve.high, strict=True)])
        drawn.append(tag("polygon", points=frame.points(band), class_=f"band c{place}"))
        line = zip(curve.coverage, curve.risk, strict=True)
        drawn.append(tag("polyline", points=frame.points(line), class_=f"line c{place}"))
    return frame.svg(
        *frame.axes("share of all questions answered", "share of answers wrong", percent=True),
        tag("polyline", points=frame.points(ideal), class_="line ideal"),
        tag("polyline", points=ends, class_="line chance"),
        *drawn,
        label="Risk against coverage",
    )


def calibration_plot(found: Calibration) -> Html:
    """Mean score of each bin against the share of its claims that quote gold; larger dots hold more claims."""
    frame = _Frame(1.0, 1.0)
    marks: list[Child] = [tag("line", x1=frame.x(0), y1=frame.y(0), x2=frame.x(1), y2=frame.y(1), class_="line chance")]
    whiskers: list[Child] = []
    most = max(b.n for b in found.bins)
    for b in found.bins:
        x = frame.x(b.score)
        if b.gold.low is not None and b.gold.high is not None:
            whiskers.append(
                tag("line", x1=x, x2=x, y1=frame.y(b.gold.low), y2=frame.y(b.gold.high), class_="whisker c0")
            )
        size = round(3 + 6 * (b.n / most) ** 0.5, 1)
        shown = f"score {b.score:.3f}, gold {b.gold.value:.3f} {spread(b.gold)}, n={b.n}"
        marks.append(tag("circle", tag("title", shown), cx=x, cy=frame.y(b.gold.value), r=size, class_="mark c0"))
    return frame.svg(
        *frame.axes("judge's P(supported), mean of the bin", "share that quotes gold"),
        *marks,
        *whiskers,
        label="Calibration",
    )


class _Frame:
    """Axes from 0 to ``right`` and 0 to ``top``."""

    def __init__(self, right: float, top: float) -> None:
        self.right, self.top = right, top

    def x(self, value: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * value / self.right, 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * min(value, self.top) / self.top, 1)

    def points(self, pairs: Iterable[tuple[float, float]]) -> str:
        return " ".join(f"{self.x(a)},{self.y(b)}" for a, b in pairs)

    def axes(self, across: str, up: str, *, percent: bool = False) -> list[Child]:
        """Grid, numbers and names; ``percent`` shows shares as per cent."""
        parts: list[Child] = []
        for step in range(5):
            value = self.top * step / 4
            text = f"{100 * value:.0f} %" if percent else f"{value:.2f}"
            parts.append(tag("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=self.y(value), y2=self.y(value), class_="grid"))
            parts.append(tag("text", text, x=_LEFT - 6, y=self.y(value) + 4, text_anchor="end"))
            value = self.right * step / 4
            text = f"{100 * value:.0f} %" if percent else f"{value:.2f}"
            anchor = "end" if step == 4 else "middle"
            parts.append(tag("text", text, x=self.x(value), y=HEIGHT - _BOTTOM + 16, text_anchor=anchor))
        parts.append(tag("text", across, x=(WIDTH + _LEFT) / 2, y=HEIGHT - 6, text_anchor="middle", class_="name"))
        parts.append(tag("text", up, x=0, y=12, class_="name"))  # above the axis: nobody reads letters turned over
        return parts

    def svg(self, *children: Child, label: str) -> Html:
        return tag("svg", *children, viewBox=f"0 0 {WIDTH} {HEIGHT}", class_="plot", role="img", aria_label=label)


def _nice(value: float) -> float:
    """The next round figure above a share, for the end of an axis."""
    return next((top for top in (0.1, 0.2, 0.4, 0.6, 0.8) if value <= top), 1.0)
