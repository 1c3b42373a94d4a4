"""What a draft would change, for people: the sums first, then a line for each order that differs."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from shared.application.what_if.report import (
    FieldChange,
    FlowDifference,
    OrderDifference,
    RuleCount,
    RuleDifference,
    RunDifference,
    Setting,
    Summary,
    Tally,
    WhatIfReport,
)
from shared.domain.orders import Problem
from shared.providers.finops.wording import listed

_NAMED = 5


def in_words(report: WhatIfReport) -> list[str]:
    return [*_sums(report.summary), *map(order_in_words, report.differences)]


def order_in_words(difference: OrderDifference) -> str:
    parts = [
        *([_flow(difference.flow)] if difference.flow else []),
        *([f"validation {_run(difference.validation)}"] if difference.validation else []),
        *([f"assignment {_run(difference.assignment)}"] if difference.assignment else []),
        *(f"policy {name!r} {_alone(ran)}" for name, ran in difference.policies.items()),
    ]
    return f"{difference.number or difference.order_id}: {'; '.join(parts)}"


def _sums(summary: Summary) -> Iterator[str]:
    kinds = ", ".join(f"{kind} {count}" for kind, count in summary.by_kind if count)
    yield f"{_orders(summary.orders)} looked at: {summary.differing} would differ" + (f" ({kinds})" if kinds else "")
    if summary.unshipped:
        yield f"{_orders(summary.unshipped)} not shipped by Flexe yet: nothing is told about assignment there"
    yield from (_rule(count) for count in summary.rules if _is_news(count))
    idle = sum(map(_is_idle, summary.rules))
    if idle:
        yield f"{idle} more rules match none of these orders, now as in the draft (--json names them)"


def _is_news(count: RuleCount) -> bool:
    """That other orders come to a rule, as their flow is another one, is told of the orders."""
    now, draft = count.now, count.draft
    if count.changed or now is None or draft is None:
        return True
    goes_idle = draft.asked and now.matched and not draft.matched
    return bool(goes_idle) or (now.asked == draft.asked and now.matched != draft.matched)


def _is_idle(count: RuleCount) -> bool:
    tallies = [tally for tally in (count.now, count.draft) if tally]
    return not _is_news(count) and not any(tally.matched for tally in tallies)


def _rule(count: RuleCount) -> str:
    name = f"rule {count.rule!r} of {count.policy!r}"
    if count.draft is None:
        return f"{name} is gone; it matches {_tally(count.now)}"
    if count.now is None:
        return f"{name} is new and matches {_tally(count.draft)}"
    written = " is written otherwise and" if count.changed else ""
    if count.now == count.draft:
        return f"{name}{written} matches {_tally(count.draft)}, as now"
    return f"{name}{written} matches {_tally(count.now)}, in the draft {_tally(count.draft)}"


def _tally(tally: Tally | None) -> str:
    if tally is None or not tally.asked:
        return "nothing: no order comes to it"
    return f"{tally.matched or 'none'} of {_orders(tally.asked)}"


def _flow(flow: FlowDifference) -> str:
    return f"flow {_taking(flow.now)} -> {_taking(flow.draft)}{_because(flow.rules)}"


def _taking(flows: Sequence[str]) -> str:
    return " and ".join(flows) + (" (on hold: more than one)" if len(flows) > 1 else "") if flows else "none"


def _run(ran: RunDifference) -> str:
    """What a run that fails would have set is not told: it sets nothing."""
    parts = list(_verdict(ran))
    if ran.draft.success and ran.changes:
        parts.append(f"sets {_changes(ran.changes)}")
    return " and ".join(parts) + _because(_not_named(ran))


def _verdict(ran: RunDifference) -> Iterator[str]:
    problems = ran.now.problems if ran.now else ()
    noted = ran.now.noted if ran.now else ()
    if not ran.draft.success and set(ran.draft.problems) != set(problems):
        new = [problem for problem in ran.draft.problems if problem not in problems]
        yield f"fails{'' if not problems else ' otherwise'}: {_problems(new or ran.draft.problems)}"
    elif ran.draft.success and problems:
        yield f"passes, where now {_problems(problems)}"
    if new := [problem for problem in ran.draft.noted if problem not in noted]:
        yield f"notes {_problems(new)}"
    if old := [problem for problem in noted if problem not in ran.draft.noted]:
        yield f"no longer notes {_problems(old)}"


def _alone(ran: RunDifference) -> str:
    is_filter_that_takes = ran.draft.success and not ran.draft.noted and not ran.changes
    return "takes it" if is_filter_that_takes else _run(ran)


def _problems(problems: Sequence[Problem]) -> str:
    """What is said of several fields is said once. Their values are in what is said."""
    fields: dict[str, list[str]] = {}
    for problem in problems:
        fields.setdefault(problem.problem, []).append(problem.field)
    return listed([f"{_first(named)}: {text}" for text, named in fields.items()])


def _first(fields: Sequence[str]) -> str:
    more = len(fields) - _NAMED
    return ", ".join(fields[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _changes(changes: Iterable[FieldChange]) -> str:
    """Those of one place and one reason together."""
    grouped: dict[tuple[tuple[int, ...], str], list[FieldChange]] = {}
    for change in changes:
        grouped.setdefault((change.lines, _reason(change)), []).append(change)
    return "; ".join(
        f"{_place(lines)}{', '.join(map(_change, of_one_reason))} ({reason})"
        for (lines, reason), of_one_reason in grouped.items()
    )


def _change(change: FieldChange) -> str:
    return f"{change.field} {_value(change.now)} -> {_value(change.draft)}"


def _value(setting: Setting) -> str:
    return "nothing" if setting.value is None else setting.value


def _reason(change: FieldChange) -> str:
    if not change.draft.rule:
        return f"rule {change.now.rule!r} sets it no longer"
    instead = change.now.rule and change.now.rule != change.draft.rule
    return f"rule {change.draft.rule!r}" + (f" instead of {change.now.rule!r}" if instead else "")


def _place(lines: Sequence[int]) -> str:
    if not lines:
        return ""
    return f"{'line' if len(lines) == 1 else 'lines'} {_ranges(lines)}: "


def _ranges(numbers: Sequence[int]) -> str:
    starts = [numbers[0], *(after for before, after in pairwise(numbers) if after != before + 1)]
    ends = [*(before for before, after in pairwise(numbers) if after != before + 1), numbers[-1]]
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True))


def _not_named(ran: RunDifference) -> list[RuleDifference]:
    """The rules that no change names as its reason."""
    if not ran.draft.success:
        return [each for each in ran.rules if not each.draft]
    named = {(each.policy, each.rule) for change in ran.changes for each in (change.now, change.draft)}
    return [each for each in ran.rules if (each.policy, each.rule) not in named]


def _because(rules: Sequence[RuleDifference]) -> str:
    said = listed(list(dict.fromkeys(map(_matching, rules))))
    return f" because {said}" if said else ""


def _matching(rule: RuleDifference) -> str:
    name = f"rule {rule.rule!r} of {rule.policy!r}"
    if rule.draft is None:
        return f"{name} is not asked any more"
    if rule.now is None:
        return f"{name}, which is not asked now, {'matches' if rule.draft else 'does not match'}"
    return f"{name} {'matches' if rule.draft else 'does not match any more'}"


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count} orders"
