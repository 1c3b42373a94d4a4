"""`python -m tests.chaos`: every fault at every boundary of every scenario; exit code 1 if any order was harmed."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sandbox.demo.scenarios import SCENARIOS
from sandbox.signals import Stopped, stop_on_signals
from tests.chaos.campaign import Campaign, running_campaign
from tests.chaos.planning import KINDS, ORDERS_AT_ONCE, Wave, again, matrix, sample, thinned
from tests.chaos.report import Report

_TURNS_AGAIN = 2
_SOAK_WAVE = 36
_SOAK_FAULTS, _SOAK_KILLS = 2, 6


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    stop_on_signals()
    report = Report()
    try:
        with tempfile.TemporaryDirectory() as folder, running_campaign(Path(folder)) as campaign:
            report.say(f"logs: {campaign.sandbox.run_folder}")
            campaign.record(options.scenario or list(SCENARIOS))
            _run(campaign, options, report)
            return report.closed(campaign, options.report)
    except Stopped:
        return 1


def _run(campaign: Campaign, options: argparse.Namespace, report: Report) -> None:
    deadline = time.monotonic() + options.minutes * 60 if options.minutes else None
    waves = list(_chosen(campaign, options))
    if options.plan:
        options.plan.write_text(json.dumps([wave.to_json() for wave in waves], indent=1), encoding="utf-8")
    report.plan(waves)
    for turn in range(1 + _TURNS_AGAIN):
        for wave in waves:
            if deadline and time.monotonic() > deadline:
                report.say("the time is up; what follows was not played")
                return
            report.wave(wave, campaign.play_wave(wave, at_once=options.at_once), campaign)
        if turn < _TURNS_AGAIN:
            waves = list(again(*campaign.results.taken_unmet()))


def _chosen(campaign: Campaign, options: argparse.Namespace) -> Iterator[Wave]:
    crossed = campaign.crossed
    if options.replay:
        yield from map(Wave.from_json, json.loads(options.replay.read_text(encoding="utf-8")))
        return
    if options.soak:
        for n in range(0, options.soak, _SOAK_WAVE):
            orders = min(_SOAK_WAVE, options.soak - n)
            yield sample(crossed, options.seed + n, orders=orders, faults=_SOAK_FAULTS, kills=min(_SOAK_KILLS, orders))
        return
    yield from thinned(matrix(crossed, campaign.shared_kinds, options.fault or list(KINDS)), options.every)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="only this one; may be repeated")
    parser.add_argument("--fault", action="append", choices=KINDS, help="only faults of this kind; may be repeated")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="play every N-th order of the matrix only")
    parser.add_argument(
        "--soak", type=int, metavar="ORDERS", help="instead of the matrix: so many orders, random faults"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the soak's choices; default: %(default)s")
    parser.add_argument("--minutes", type=float, help="begin no new wave after so long")
    parser.add_argument("--at-once", type=int, default=ORDERS_AT_ONCE, metavar="ORDERS", help="default: %(default)s")
    parser.add_argument("--plan", type=Path, metavar="FILE", help="write down which order meets which fault")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play a plan that was written down")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the counts as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
