"""What the flags are, why, and who changed them. Nothing here changes a flag."""

from dataclasses import asdict

import typer

from mdm.cli.flag import print_flag
from mdm.cli.flags.parameters import Name, NameOrAll, Subject, meaning
from mdm.cli.output import out, out_json, text_of
from mdm.cli.parameters import Json, application
from mdm.cli.render import pairs, table
from mdm.config.layers import shown_path
from mdm.core.feature_flags import FlagDetails, feature_flags
from mdm.core.flag_catalogue import FLAGS
from mdm.core.flag_environment import PREFIX

_REASONS = {
    "DEFAULT": "nothing sets it",
    "STATIC": "it is set",
    "DISABLED": "it is set to false",
    "SPLIT": "its percentage decides, by the bucket",
    "TARGETING_MATCH": "the service for flags decides",
    "ERROR": "a higher source is malformed and was passed over",
}


def listing(ctx: typer.Context, as_json: Json = False) -> None:
    """List every flag with its value and where that comes from.

    \b
    Example:
      mdm flags list
    """
    application(ctx)
    found = [(name, value, _source(feature_flags.source(name))) for name, value in feature_flags.all().items()]
    if as_json:
        out_json({name: {"value": value, "source": source} for name, value, source in found})
    else:
        table(["flag", "value", "from"], [(name, text_of(value), source) for name, value, source in found])


def get(ctx: typer.Context, name: Name, subject: Subject = None, as_json: Json = False) -> None:
    """Print the bare value of a flag; with a subject, whether the flag is on for it.

    \b
    Example:
      mdm flags get use_new_backend
      mdm flags get use_new_backend --subject titanic
    """
    application(ctx)
    if subject is None:
        print_flag(name, lambda: None, as_json=as_json)
    else:
        value = feature_flags.explain(name, subject).value
        out_json(value) if as_json else out(text_of(value))


def explain(ctx: typer.Context, name: Name, subject: Subject = None, as_json: Json = False) -> None:
    """Show whether a flag is on for a subject, and why.

    \b
    Example:
      mdm flags explain use_new_backend --subject titanic
    """
    application(ctx)
    details = feature_flags.explain(name, subject)
    if as_json:
        out_json({**asdict(details), "source": _source(details.source), "subject": subject})
    else:
        pairs(_described(details, subject))


def history(ctx: typer.Context, name: NameOrAll = None, as_json: Json = False) -> None:
    """List who changed which flag when, oldest first.

    \b
    Example:
      mdm flags history use_new_backend
    """
    application(ctx)
    changes = feature_flags.history(name)
    if as_json:
        out_json([asdict(change) for change in changes])
    elif changes:
        rows = [(c.when, c.name, f"{text_of(c.old)} -> {text_of(c.new)}", c.who) for c in changes]
        table(["when", "flag", "change", "who"], rows)
    else:
        out("no flag was changed yet")


def _described(details: FlagDetails, subject: str | None) -> list[tuple[str, str]]:
    flag = FLAGS[details.name]
    rows = [
        ("flag", details.name),
        ("value", text_of(details.value)),
        ("reason", f"{details.reason}: {_REASONS[details.reason]}"),
        ("from", _source(details.source)),
    ]
    if flag.rollout:
        rows.append(("percentage", f"{feature_flags.all()[flag.rollout]} ({flag.rollout})"))
    if details.bucket is not None:
        rows += [("subject", subject or "this installation"), ("bucket", _bucket(details.bucket))]
    return [*rows, ("effect", meaning(details.name)), ("variable", f"{PREFIX}{details.name.upper()}")]


def _bucket(place: float) -> str:
    return f"{place:.2f}, so it is on from {int(place) + 1} %"


def _source(source: str) -> str:
    return shown_path(feature_flags.path) if source == str(feature_flags.path) else source
