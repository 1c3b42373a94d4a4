"""The host may be killed at any moment: nothing that was accepted is lost."""

import random
import time

from tests.host.conftest import StartHost
from tests.host.running_host import RunningHost
from tests.sandbox.waiting import wait_until

STEPS_OUTPUT = sum(3 + 5 + number + 1 for number in range(4))


def restart(host: RunningHost) -> None:
    host.process.kill()
    host.start()


def test_a_host_killed_again_and_again_finishes_every_instance_with_the_right_output(start_host: StartHost):
    host = start_host("orchestrations")
    expected = {}
    for number in range(6):
        expected[host.start_new("steps")] = STEPS_OUTPUT
        expected[host.start_new("chain", number)] = number + 5
        expected[host.start_new("countdown", 5)] = "lift-off"
        expected[host.start_new("parent")] = [15, 25, "Orchestrator function 'failing' failed: out of stock"]
        expected[host.start_new("retry", {"key": f"killed-{number}", "failures": 0})] = None
        expected[host.start_new("event_or_timeout", 0.5)] = "timed out"
        waiting = host.start_new("two_events")
        host.webhook("POST", f"instances/{waiting}/raiseEvent/second", json=2)
        expected[waiting] = [1, 2]

    for _ in range(3):
        # Any moment will do: the longer the wait, the further the instances have come.
        time.sleep(random.uniform(0.05, 0.4))
        restart(host)
    for instance_id, output in expected.items():
        if output == [1, 2]:
            host.webhook("POST", f"instances/{instance_id}/raiseEvent/first", json=1)

    outputs = {instance_id: host.output_of(instance_id) for instance_id in expected}
    assert all(outputs[instance_id] == output for instance_id, output in expected.items() if output is not None)


def test_an_activity_whose_result_was_stored_does_not_run_again(start_host: StartHost):
    host = start_host("orchestrations")
    instance_id = host.start_new("steps")
    wait_until((host.runs / f"{instance_id}-1").exists, "the second activity")

    restart(host)

    assert host.output_of(instance_id) == STEPS_OUTPUT
    assert len(list((host.runs / f"{instance_id}-0").iterdir())) == 1


def test_a_suspended_instance_stays_suspended_over_a_restart(start_host: StartHost):
    host = start_host("orchestrations")
    instance_id = host.start_new("two_events")
    host.webhook("POST", f"instances/{instance_id}/suspend", params={"reason": "inventory"})
    host.wait_for(instance_id, "Suspended")
    host.webhook("POST", f"instances/{instance_id}/raiseEvent/first", json=1)
    host.webhook("POST", f"instances/{instance_id}/raiseEvent/second", json=2)

    restart(host)
    after = host.status(instance_id)
    host.webhook("POST", f"instances/{instance_id}/resume", params={"reason": "done"})

    assert after["runtimeStatus"] == "Suspended"
    assert host.output_of(instance_id) == [1, 2]


def test_a_host_asked_to_stop_lets_the_activity_in_hand_end_and_keeps_its_result(start_host: StartHost):
    host = start_host("orchestrations")
    instance_id = host.start_new("steps")
    host.wait_for(instance_id, "Running")

    exit_code = host.stop()
    host.start()

    assert exit_code == 0
    assert host.output_of(instance_id) == STEPS_OUTPUT
    assert all(len(list(folder.iterdir())) == 1 for folder in host.runs.glob(f"{instance_id}-*"))


def test_two_hosts_on_one_task_hub_give_no_wrong_results(start_host: StartHost):
    first = start_host("orchestrations")
    waiting = [first.start_new("two_events") for _ in range(5)]
    second = start_host("orchestrations", hub=first.hub)

    for number, instance_id in enumerate(waiting):
        sender, other = (first, second) if number % 2 else (second, first)
        sender.webhook("POST", f"instances/{instance_id}/raiseEvent/first", json=1)
        other.webhook("POST", f"instances/{instance_id}/raiseEvent/second", json=2)
    second.stop()
    restart(first)

    assert [first.output_of(instance_id) for instance_id in waiting] == [[1, 2]] * 5
