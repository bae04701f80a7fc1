"""MDM's flags and OpenFeature, joined both ways (extra ``openfeature``).

`MdmProvider` answers applications that ask through OpenFeature; `follow` lets any OpenFeature provider (flagd, OFREP,
Unleash, LaunchDarkly ...) decide MDM's flags.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from mdm.core.feature_flags import FeatureFlags, FlagDetails, count_evaluation, feature_flags
from mdm.core.flag_catalogue import FLAGS, Flag, FlagValue
from mdm.core.flag_watch import look_again
from mdm.core.log import log
from mdm.errors import FlagError
from mdm.integrations.extras import missing

try:
    from openfeature.client import OpenFeatureClient
    from openfeature.evaluation_context import EvaluationContext
    from openfeature.event import EventDetails, ProviderEvent, ProviderEventDetails
    from openfeature.exception import ErrorCode, FlagNotFoundError, TypeMismatchError
    from openfeature.flag_evaluation import FlagEvaluationDetails, FlagResolutionDetails
    from openfeature.provider import AbstractProvider, Metadata
    from openfeature.provider.no_op_provider import NoOpProvider
except ImportError as error:
    raise missing("openfeature", error) from None

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Following", "MdmProvider", "follow"]

T = TypeVar("T", bool, int)


class MdmProvider(AbstractProvider):
    """Answers from MDM's flags: true or false by ``resolve_boolean``, percentages by ``resolve_integer``.

    The targeting key of the context is the subject of a rollout, without one it is this installation. Changes are
    told as PROVIDER_CONFIGURATION_CHANGED; those that another process made when a flag is next asked for.
    """

    def __init__(self, flags: FeatureFlags = feature_flags) -> None:
        super().__init__()
        self._flags = flags
        self._subscriptions: list[Callable[[], None]] = []

    def get_metadata(self) -> Metadata:
        """Return the provider's name."""
        return Metadata("mdm")

    def initialize(self, evaluation_context: EvaluationContext) -> None:
        """Begin to tell of changes."""
        del evaluation_context
        self._subscriptions += [self._flags.on_change(name, self._tell) for name in FLAGS]

    def shutdown(self) -> None:
        """Tell of changes no more."""
        while self._subscriptions:
            self._subscriptions.pop()()

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """Return whether the flag is on for the targeting key."""
        del default_value
        details = self._explain(flag_key, "bool", evaluation_context)
        count_evaluation(flag_key, bool(details.value))
        return _resolution(details, bool(details.value), "on" if details.value else "off")

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """Return a percentage."""
        del default_value
        details = self._explain(flag_key, "percentage", evaluation_context)
        return _resolution(details, int(details.value), None)

    def resolve_string_details(self, flag_key: str, *_: Any, **__: Any) -> FlagResolutionDetails[Any]:
        """Raise TypeMismatchError: no flag is a text."""
        raise TypeMismatchError(f"{flag_key} is no text")

    def resolve_float_details(self, flag_key: str, *_: Any, **__: Any) -> FlagResolutionDetails[Any]:
        """Raise TypeMismatchError: no flag is a fraction."""
        raise TypeMismatchError(f"{flag_key} is no fraction")

    def resolve_object_details(self, flag_key: str, *_: Any, **__: Any) -> FlagResolutionDetails[Any]:
        """Raise TypeMismatchError: no flag is a structure."""
        raise TypeMismatchError(f"{flag_key} is no structure")

    def _explain(self, name: str, kind: str, context: EvaluationContext | None) -> FlagDetails:
        try:
            details = self._flags.explain(name, context.targeting_key if context else None)
        except FlagError as error:
            raise FlagNotFoundError(str(error)) from None
        if FLAGS[name].kind != kind:
            raise TypeMismatchError(f"{name} is a {FLAGS[name].kind}")
        return details

    def _tell(self, name: str, _old: FlagValue, _new: FlagValue) -> None:
        self.emit_provider_configuration_changed(ProviderEventDetails(flags_changed=[name]))


def follow(
    client: OpenFeatureClient, flags: FeatureFlags = feature_flags, *, every: float = 30.0, wait: float = 1.0
) -> Following:
    """Let *client* decide the flags that nobody set here, by a variable or with ``mdm flags set``.

    It is asked now, whenever it tells of a change, and *every* so many seconds; by a thread of its own, so that reading
    a flag never waits for it. The first answers are waited for, *wait* seconds at most. An error leaves the last known
    value; a flag that the provider does not know is decided here. A forked process has to call this anew.
    """
    following = Following(client, flags, every)
    flags.service = following.values
    following.start(wait)
    return following


class Following:
    """What a client has said last, and the thread that asks it. Made by `follow`."""

    def __init__(self, client: OpenFeatureClient, flags: FeatureFlags, every: float) -> None:
        self._client = client
        self._flags = flags
        self._every = every
        self._values: dict[str, FlagValue] = {}
        self._wake, self._asked, self._ended = Event(), Event(), Event()

    def values(self) -> Mapping[str, FlagValue]:
        """Return the last known values."""
        return self._values

    def start(self, wait: float) -> None:
        """Start the thread; return after the first answers, or *wait* seconds."""
        for event in _NEWS:
            self._client.add_handler(event, self._on_news)
        Thread(target=self._run, name="mdm-openfeature", daemon=True).start()
        self._asked.wait(wait)

    def stop(self) -> None:
        """Ask no more, and let the flags be decided here again."""
        for event in _NEWS:
            self._client.remove_handler(event, self._on_news)
        self._ended.set()
        self._wake.set()
        if self._flags.service == self.values:
            self._flags.service = None
            look_again()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._wake.clear()
            try:
                self._values = self._ask()
                look_again()
            except Exception as error:  # noqa: BLE001 (a provider may fail in any way; the last known values stay)
                message = "the flag service fails, the last known values count: {reason}"
                log("WARNING", message, reason=type(error).__name__)
            self._asked.set()
            self._wake.wait(self._every)

    def _ask(self) -> dict[str, FlagValue]:
        if isinstance(self._client.provider, NoOpProvider):  # it gives every default back as its own answer
            return {}
        context = EvaluationContext(targeting_key=self._flags.host)
        answers = {name: self._answer(flag, context) for name, flag in FLAGS.items()}
        return {name: value for name, value in answers.items() if value is not None}

    def _answer(self, flag: Flag, context: EvaluationContext) -> FlagValue | None:
        found: FlagEvaluationDetails[bool] | FlagEvaluationDetails[int]
        if flag.kind == "bool":
            found = self._client.get_boolean_details(flag.name, bool(flag.default), context)
        else:
            found = self._client.get_integer_details(flag.name, int(flag.default), context)
        match found.error_code:
            case None:
                return found.value
            case ErrorCode.FLAG_NOT_FOUND:
                return None
            case _:
                return self._values.get(flag.name)

    def _on_news(self, _details: EventDetails) -> None:
        self._wake.set()


_NEWS = (ProviderEvent.PROVIDER_READY, ProviderEvent.PROVIDER_CONFIGURATION_CHANGED)


def _resolution(details: FlagDetails, value: T, variant: str | None) -> FlagResolutionDetails[T]:
    told: dict[str, bool | int | float | str] = {"source": details.source}
    if details.bucket is not None:
        told["bucket"] = details.bucket
    return FlagResolutionDetails(value, reason=details.reason, variant=variant, flag_metadata=told)
