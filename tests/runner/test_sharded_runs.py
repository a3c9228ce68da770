"""The merged verdict of real shards is that of the single run, on right and wrong servers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest

from tests.runner.sharded import SERVERS


@pytest.mark.whole_run
def test_merged_shards_say_what_the_single_run_says() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.runner.sharded"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert len(found) == len(SERVERS) == 11
    for name, one in found.items():
        assert one["merged"] == one["single"], name
        assert all(one["parts"])
        assert sum(one["parts"]) == len(one["single"]["cases"])
        seen = {"failed", "warned"} & set(one["single"]["outcomes"].values())
        assert bool(seen) is bool(name)
    verdicts = Counter(one["single"]["verdict"] for one in found.values())
    assert verdicts["nonconformant"] >= 7  # the others break a SHOULD, which warns
