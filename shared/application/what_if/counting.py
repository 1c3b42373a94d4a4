"""How many orders each rule matches, so that one that matches nothing is seen."""

from collections import Counter
from collections.abc import Iterable, Iterator

from shared.application.what_if.report import RuleCount, Tally
from shared.configuration import Configuration
from shared.policies import Decision, Policy, Rule

Key = tuple[str, str]
"""Policy and rule."""


class Matches:
    """Of one configuration. `alone`: policies that are run though no published flow has them."""

    def __init__(self, configuration: Configuration, alone: Iterable[str] = ()) -> None:
        self._configuration = configuration
        self._run = {*policies_run(configuration), *alone}
        self._asked = Counter[Key]()
        self._matched = Counter[Key]()

    def add(self, decisions: Iterable[Decision]) -> None:
        """All decisions about one order."""
        matched: dict[Key, bool] = {}
        for decision in decisions:
            for outcome in decision.outcomes:
                key = (decision.policy, outcome.rule)
                matched[key] = matched.get(key, False) or outcome.matched
        self._asked.update(matched.keys())
        self._matched.update(key for key, has in matched.items() if has)

    def rules(self) -> dict[Key, Rule]:
        return {(policy.name, rule.name): rule for policy in self._policies() for rule in policy.rules}

    def tally(self, key: Key) -> Tally:
        return Tally(asked=self._asked[key], matched=self._matched[key])

    def _policies(self) -> Iterator[Policy]:
        yield from (policy for policy in self._configuration.policies.values() if policy.name in self._run)


def policies_run(configuration: Configuration) -> set[str]:
    """The names of those that published flows have."""
    published = (flow for flow in configuration.flows.values() if flow.published)
    return {name for flow in published for name in (flow.filter, *flow.validation, *flow.assignment)}


def rule_counts(now: Matches, draft: Matches) -> tuple[RuleCount, ...]:
    old, new = now.rules(), draft.rules()
    return tuple(
        RuleCount(
            policy=key[0],
            rule=key[1],
            now=now.tally(key) if key in old else None,
            draft=draft.tally(key) if key in new else None,
            changed=key in old and key in new and old[key] != new[key],
        )
        for key in dict.fromkeys([*new, *old])
    )
