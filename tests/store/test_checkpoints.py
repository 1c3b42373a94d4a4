"""Checkpoints: how far a puller has come."""

from uuid import uuid4

from shared.store.checkpoints import TableCheckpoints
from shared.store.tables import Tables


def test_a_puller_that_never_ran_has_no_checkpoint(tables: Tables):
    assert TableCheckpoints(tables).read(str(uuid4())) is None


def test_the_last_checkpoint_stands(tables: Tables):
    checkpoints, name = TableCheckpoints(tables), str(uuid4())

    checkpoints.write(name, "https://orders.example/deltatoken=" + "a" * 100_000)
    checkpoints.write(name, "b")

    assert checkpoints.read(name) == "b"


def test_a_link_of_any_length_is_kept(tables: Tables):
    checkpoints, name = TableCheckpoints(tables), str(uuid4())
    link = "https://orders.example/deltatoken=" + "a" * 100_000

    checkpoints.write(name, link)

    assert checkpoints.read(name) == link
