"""OpenFeature both ways: MDM answers it, and it decides MDM's flags, however badly it behaves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventDetails, ProviderEvent, ProviderEventDetails
from openfeature.exception import ErrorCode, GeneralError
from openfeature.flag_evaluation import FlagResolutionDetails
from openfeature.provider import FeatureProvider
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from mdm.core.feature_flags import FeatureFlags
from mdm.core.metrics import metrics_collector
from mdm.integrations.openfeature import Following, MdmProvider, follow

VARIABLE = "MDM_REFACTORING__USE_NEW_CONFIG"
ANN = EvaluationContext(targeting_key="ann")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No provider, no counts, a home of our own."""
    monkeypatch.setenv("MDM_HOME_DIR", str(tmp_path / "home"))
    metrics_collector.reset()
    yield
    metrics_collector.reset()
    api.shutdown()


@pytest.fixture
def flags(tmp_path: Path) -> FeatureFlags:
    return FeatureFlags(tmp_path / "flags" / "feature_flags.json", {"MDM_HOST_ID": "host-1"})


def client_of(provider: FeatureProvider) -> OpenFeatureClient:
    api.set_provider_and_wait(provider)
    return api.get_client()


def eventually(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


# --- MDM answers


def test_a_flag_by_openfeature(flags: FeatureFlags) -> None:
    client = client_of(MdmProvider(flags))
    assert client.get_boolean_value("auto_fallback", False) is True
    flags.set("use_new_config", True)
    found = client.get_boolean_details("use_new_config", False)
    assert (found.value, found.reason, found.variant) == (True, "STATIC", "on")
    assert found.flag_metadata == {"source": str(flags.path)}
    assert client.get_integer_value("backend_rollout_percentage", 50) == 0


@given(subject=st.text(min_size=1), percent=st.integers(0, 100))
def test_law_a_rollout_is_the_same_on_both_sides(tmp_path_factory: Any, subject: str, percent: int) -> None:
    variable = {"MDM_REFACTORING__BACKEND_ROLLOUT_PERCENTAGE": str(percent)}
    flags = FeatureFlags(Path("/nonexistent/feature_flags.json"), variable)
    found = MdmProvider(flags).resolve_boolean_details("use_new_backend", False, EvaluationContext(subject))
    assert found.value is flags.is_enabled("use_new_backend", subject)
    assert found.reason == ("SPLIT" if percent else "DEFAULT")


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda c: c.get_boolean_details("use_new_confg", True), ErrorCode.FLAG_NOT_FOUND),
        (lambda c: c.get_boolean_details("backend_rollout_percentage", True), ErrorCode.TYPE_MISMATCH),
        (lambda c: c.get_integer_details("use_new_config", 7), ErrorCode.TYPE_MISMATCH),
        (lambda c: c.get_string_details("use_new_config", "x"), ErrorCode.TYPE_MISMATCH),
        (lambda c: c.get_float_details("use_new_config", 1.5), ErrorCode.TYPE_MISMATCH),
        (lambda c: c.get_object_details("use_new_config", {}), ErrorCode.TYPE_MISMATCH),
    ],
)
def test_what_cannot_be_answered_is_the_default(
    flags: FeatureFlags, ask: Callable[[OpenFeatureClient], Any], code: ErrorCode
) -> None:
    found = ask(client_of(MdmProvider(flags)))
    assert found.error_code == code
    assert found.value in (True, 7, "x", 1.5, {})


def test_evaluations_are_counted(flags: FeatureFlags) -> None:
    client_of(MdmProvider(flags)).get_boolean_value("auto_fallback", False, ANN)
    assert metrics_collector.summary()["counters"] == {'flags.evaluation{flag="auto_fallback",variant="on"}': 1}


def test_changes_are_told_until_the_provider_goes(flags: FeatureFlags) -> None:
    heard: list[EventDetails] = []
    client = client_of(MdmProvider(flags))
    client.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, heard.append)
    flags.set("use_new_config", True)
    eventually(lambda: heard)
    assert [each.flags_changed for each in heard] == [["use_new_config"]]
    api.clear_providers()
    flags.set("use_new_config", False)
    assert len(heard) == 1


# --- another provider decides


def flag(value: Any) -> InMemoryFlag[Any]:
    return InMemoryFlag("chosen", {"chosen": value})


class Service(InMemoryProvider):
    """A provider that can be changed, fail, or hang."""

    def __init__(self, **values: Any) -> None:
        super().__init__({name: flag(value) for name, value in values.items()})
        self.fails = False
        self.free = threading.Event()
        self.free.set()
        self.asked_for: set[str | None] = set()
        self.asked_by: set[threading.Thread] = set()

    def change(self, **values: Any) -> None:
        self._flags = {name: flag(value) for name, value in values.items()}
        self.emit_provider_configuration_changed(ProviderEventDetails())

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        self.asked_for.add(evaluation_context.targeting_key if evaluation_context else None)
        self.asked_by.add(threading.current_thread())
        self.free.wait(30)
        if self.fails:
            raise GeneralError("hunter2")
        return super().resolve_boolean_details(flag_key, default_value, evaluation_context)


@pytest.fixture
def following(flags: FeatureFlags) -> Iterator[Callable[..., Following]]:
    started: list[Following] = []

    def start(provider: FeatureProvider, **options: float) -> Following:
        started.append(follow(client_of(provider), flags, **{"wait": 10, **options}))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def test_a_service_decides_what_nobody_set_here(flags: FeatureFlags, following: Callable[..., Following]) -> None:
    flags.configured = lambda: {"use_new_config": False, "auto_fallback": False}
    service = Service(use_new_config=True, backend_rollout_percentage=100)
    following(service)
    details = flags.explain("use_new_config")
    assert (details.value, details.reason, details.source) == (True, "TARGETING_MATCH", "service")
    assert flags.is_enabled("use_new_backend", "anybody")
    assert flags.get("auto_fallback") is False  # the service does not know it, the configuration does
    assert service.asked_for == {"host-1"}


def test_what_is_set_here_beats_the_service(following: Callable[..., Following], flags: FeatureFlags) -> None:
    following(Service(use_new_config=True, use_new_features=True))
    flags.set("use_new_config", False)
    assert flags.get("use_new_config") is False
    flags.reset("use_new_config")
    assert flags.get("use_new_config") is True
    assert [(each.old, each.new) for each in flags.history("use_new_config")] == [(True, False), (False, True)]


def test_a_change_of_the_service_is_seen_and_heard(flags: FeatureFlags, following: Callable[..., Following]) -> None:
    service, heard = Service(use_new_config=True), []
    following(service, every=3600.0)
    assert flags.get("use_new_config") is True
    flags.on_change("use_new_config", lambda *change: heard.append(change))
    service.change()
    eventually(lambda: flags.get("use_new_config") is False)
    assert heard == [("use_new_config", True, False)]


def test_a_service_is_asked_again_and_again(flags: FeatureFlags, following: Callable[..., Following]) -> None:
    service = Service(use_new_config=False)
    following(service, every=0.01)
    service._flags = {"use_new_config": flag(True)}  # and nobody tells
    eventually(lambda: flags.get("use_new_config"))
    assert flags.get("use_new_config") is True


def test_a_service_that_fails_leaves_the_last_known_values(
    flags: FeatureFlags, following: Callable[..., Following]
) -> None:
    service = Service(use_new_config=True)
    following(service, every=0.01)
    service.fails = True
    service.asked_for.clear()
    eventually(lambda: service.asked_for)
    time.sleep(0.05)
    assert flags.get("use_new_config") is True


def test_a_service_that_hangs_holds_nobody_up(flags: FeatureFlags, following: Callable[..., Following]) -> None:
    service = Service(use_new_config=True)
    service.free.clear()
    start = time.monotonic()
    following(service, wait=0.05)
    assert flags.get("use_new_config") is False
    assert time.monotonic() - start < 5
    service.free.set()
    eventually(lambda: flags.get("use_new_config"))


def test_a_malformed_answer_is_passed_over(flags: FeatureFlags, following: Callable[..., Following]) -> None:
    following(Service(backend_rollout_percentage=150))
    with pytest.warns(UserWarning, match="service: backend_rollout_percentage: takes a whole number"):
        assert flags.get("backend_rollout_percentage") == 0


def test_no_provider_decides_nothing(flags: FeatureFlags) -> None:
    flags.configured = lambda: {"auto_fallback": False}
    following = follow(api.get_client(), flags, wait=10)
    assert flags.source("auto_fallback") == "configuration"
    following.stop()


def test_after_the_end_the_flags_are_decided_here(flags: FeatureFlags) -> None:
    following = follow(client_of(Service(use_new_config=True)), flags, wait=10)
    assert flags.get("use_new_config") is True
    following.stop()
    eventually(lambda: flags.get("use_new_config") is False)
    eventually(lambda: not any(thread.name == "mdm-openfeature" for thread in threading.enumerate()))


def test_reading_does_not_ask(flags: FeatureFlags, following: Callable[..., Following]) -> None:
    service = Service(use_new_config=True)
    following(service, every=3600.0)
    for _ in range(1000):
        flags.get("use_new_config")
    assert service.asked_by
    assert threading.current_thread() not in service.asked_by
