"""Orchestration patterns, end to end: a host process, Azurite, the real SDK."""

from tests.host.running_host import RunningHost


def test_a_chain_hands_each_result_to_the_next_activity(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("chain", 3)

    assert orchestrations.output_of(instance_id) == 8


def test_a_chain_of_five_costs_seven_storage_calls(orchestrations: RunningHost):
    before = orchestrations.metrics()["storage"]

    orchestrations.output_of(orchestrations.start_new("chain", 0))

    after = orchestrations.metrics()["storage"]
    assert after["table.insert"] - before["table.insert"] == 1
    assert after["table.transaction"] - before["table.transaction"] == 6


def test_what_an_orchestration_is_made_of_is_counted(orchestrations: RunningHost):
    before = orchestrations.metrics()
    instance_id = orchestrations.start_new("event_or_timeout", 60)
    orchestrations.wait_for(instance_id, "Running", custom_status="waiting")
    orchestrations.call("POST", f"api/raise/{instance_id}/Approval", json={"by": "Ann"})
    orchestrations.output_of(instance_id)
    orchestrations.output_of(orchestrations.start_new("chain", 0))

    after = orchestrations.metrics()

    made = {name: after["durable"][name] - before["durable"].get(name, 0) for name in after["durable"]}
    assert (made["orchestrations"], made["events"], made["timers"]) == (2, 1, 1)
    assert made["statusQueries"] >= 2  # the test itself asks, as often as it must
    assert made["historyEvents"] > 6 + 3
    ran = {kind: after["executions"][kind] - before["executions"].get(kind, 0) for kind in after["executions"]}
    assert (ran["activity"], ran["orchestration"], ran["http"]) == (1 + 5, 3 + 6, 1)
    assert after["executionsRunning"] == 0


def test_fan_out_waits_for_every_activity(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("fan_out")

    assert orchestrations.output_of(instance_id) == sum(range(1, 21))


def test_a_retried_activity_recovers(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("retry", {"key": "recovers", "failures": 2})

    assert orchestrations.output_of(instance_id) == ["run 3 succeeds", 2]


def test_an_exhausted_retry_raises_the_last_failure(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("survive_exhausted_retry", {"key": "exhausted", "failures": 9})

    reason = "Activity function 'fail_at_first' failed:  ValueError: run 3 fails"
    assert orchestrations.output_of(instance_id) == [reason, 2]


def test_an_event_in_time_wins_over_the_timer(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("event_or_timeout", 60)
    orchestrations.wait_for(instance_id, "Running", custom_status="waiting")

    orchestrations.call("POST", f"api/raise/{instance_id}/Approval", json={"by": "Ann"})

    assert orchestrations.output_of(instance_id) == [{"by": "Ann"}, 2]


def test_without_the_event_the_timer_wins(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("event_or_timeout", 0.3)

    # The wait for the event is left open, yet it does not keep the instance from completing.
    assert orchestrations.output_of(instance_id) == "timed out"


def test_an_event_raised_before_it_is_awaited_is_kept(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("two_events")

    orchestrations.webhook("POST", f"instances/{instance_id}/raiseEvent/second", json="b")
    orchestrations.webhook("POST", f"instances/{instance_id}/raiseEvent/first", json="a")

    assert orchestrations.output_of(instance_id) == ["a", "b"]


def test_a_parent_gets_results_and_failures_of_its_children(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("parent")

    failure = "Orchestrator function 'failing' failed: out of stock"
    assert orchestrations.output_of(instance_id) == [15, 25, failure]
    assert orchestrations.status(f"{instance_id}-child")["runtimeStatus"] == "Completed"


def test_a_failed_orchestration_says_why(orchestrations: RunningHost):
    status = orchestrations.wait_for(orchestrations.start_new("failing"))

    assert status["runtimeStatus"] == "Failed"
    assert status["output"] == "Orchestrator function 'failing' failed: out of stock"


def test_continue_as_new_starts_over_with_an_empty_history(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("countdown", 3)

    assert orchestrations.output_of(instance_id) == "lift-off"
    status = orchestrations.webhook("GET", f"instances/{instance_id}", params={"showHistory": "true"}).json()
    kinds = [item["EventType"] for item in status["historyEvents"]]
    assert kinds == ["ExecutionStarted", "TaskCompleted", "ExecutionCompleted"]


def test_events_after_continue_as_new_reach_the_next_execution(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("collect", [])

    for number in (1, 2, 3):
        orchestrations.wait_for_input(instance_id, number - 1)
        orchestrations.webhook("POST", f"instances/{instance_id}/raiseEvent/item-{number}", json=number)

    assert orchestrations.output_of(instance_id) == [1, 2, 3]


def test_an_unknown_activity_fails_the_orchestration(orchestrations: RunningHost):
    status = orchestrations.wait_for(orchestrations.start_new("call_unknown"))

    assert status["runtimeStatus"] == "Failed"
    assert "'no_such_activity' doesn't exist" in status["output"]


def test_durable_http_is_refused_rather_than_ignored(orchestrations: RunningHost):
    status = orchestrations.wait_for(orchestrations.start_new("call_http"))

    assert status["runtimeStatus"] == "Failed"
    assert "not run by this host" in status["output"]


def test_an_activity_may_use_the_durable_client_and_return_nothing(orchestrations: RunningHost):
    instance_id = orchestrations.start_new("ask_client")

    assert orchestrations.output_of(instance_id) == [None, "Running"]
