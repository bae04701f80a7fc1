"""What there is: values, their sources, the files, the schema. Nothing here writes."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mdm.cli.output import out, out_bare, out_json, out_lines
from mdm.cli.parameters import Json, Key, SectionOrKey, application
from mdm.cli.render import change, pairs, settings, table
from mdm.cli.reporting import report_problem, warn, warn_of
from mdm.cli.value import print_value

Style = Literal["sh", "fish", "dotenv", "compose", "systemd"]


def show(
    ctx: typer.Context,
    name: SectionOrKey = None,
    origin: Annotated[bool, typer.Option("--origin", help="Show where every value comes from.")] = False,
    changed: Annotated[bool, typer.Option("--changed", help="Show only what differs from the default.")] = False,
    as_json: Json = False,
) -> None:
    """Show every setting with its value.

    \b
    Example:
      mdm config show --origin
      mdm config show database --changed
    """
    from mdm.cli.config import files, values

    active = application(ctx).load()
    warn_of(active.notices)
    rows = values.rows(active.config, name, changed=changed)
    if as_json:
        out_json({row.key: row.with_origin if origin else row.value for row in rows})
        return
    files.tell_active(active)
    settings(values.grouped(rows, origin=origin))


def get(
    ctx: typer.Context,
    key: Key,
    reveal: Annotated[bool, typer.Option("--reveal", help="Print a secret as it is.")] = False,
    as_json: Json = False,
) -> None:
    """Print the bare value of a setting.

    \b
    Example:
      mdm config get performance.batch_size
    """
    print_value(application(ctx), key, as_json=as_json, reveal=reveal)


def explain(ctx: typer.Context, key: Key, as_json: Json = False) -> None:
    """Show where a value comes from. Also what it beat, and what it may be.

    \b
    Example:
      mdm config explain performance.batch_size
    """
    from mdm.cli.config import provenance

    active = application(ctx).load()
    warn_of(active.notices)
    explanation = provenance.explain(active.config, key)
    if as_json:
        out_json(explanation)
    else:
        pairs(provenance.described(explanation))


def validate(
    ctx: typer.Context,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE|URL", help="A file to check alone; everything unless given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Report every problem there is. Checks the whole configuration, or one file alone.

    \b
    Example:
      mdm config validate
      mdm config validate ./mdm.yaml
    """
    from mdm.cli.config import checking

    result = checking.check(application(ctx), file)
    if as_json:
        out_json(result.as_json)
    else:
        warn_of(result.notices)
        for problem in result.problems:
            report_problem(problem)
        if not result.problems:
            from mdm.cli.config.findings import count

            out(f"valid: {result.name} ({count(result.settings, 'setting')})")
    raise typer.Exit(2 if result.problems else 0)


def diff(
    ctx: typer.Context,
    a: Annotated[
        Path | None, typer.Argument(metavar="A", help="A file to compare the active configuration with.")
    ] = None,
    b: Annotated[Path | None, typer.Argument(metavar="B", help="A file to compare the first one with.")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 where there is a difference.")] = False,
    as_json: Json = False,
) -> None:
    """Compare two configurations. The legacy system and the new one, or files.

    \b
    Example:
      mdm config diff
      mdm config diff old.yaml new.yaml
    """
    from mdm.cli.config import comparing

    compared = comparing.compare(application(ctx), a, b)
    warn_of(compared.notices)
    if as_json:
        out_json(compared.as_json)
    else:
        for difference in compared.differences:
            change(*difference)
        if not compared.differences:
            out(f"no difference between {compared.left} and {compared.right}")
    raise typer.Exit(1 if exit_code and compared.differences else 0)


def path(
    ctx: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Show every place where a file is looked for.")] = False,
    as_json: Json = False,
) -> None:
    """Print the file in use. Where there is none yet, the one that would be written.

    \b
    Example:
      mdm config path --all
    """
    from mdm.cli.config import files

    app = application(ctx)
    places = files.places(app) if every else files.in_use_or_new(app)
    if as_json:
        out_json([place.as_json for place in places])
    elif every:
        table(["file", "system", "exists", "used"], [place.cells for place in places])
    else:
        out_lines(str(place.path) for place in places)


def schema() -> None:
    """Print the JSON Schema of the file. Editors use it to complete and check.

    \b
    Example:
      mdm config schema > mdm.schema.json
    """
    from mdm.config.json_schema import schema_text

    out_lines(schema_text().splitlines())


def reference(ctx: typer.Context) -> None:
    """Print all settings as Markdown.

    \b
    Example:
      mdm config reference > settings.md
    """
    from mdm.config.json_schema import reference as markdown

    out_lines(markdown(application(ctx).schema).splitlines())


def export_env(
    ctx: typer.Context,
    style: Annotated[Style, typer.Option("--format", help="Where the lines are to stand.")] = "sh",
    include_secrets: Annotated[bool, typer.Option("--include-secrets", help="Print secrets as they are.")] = False,
    as_json: Json = False,
) -> None:
    """Print the configuration as variables. Set in an empty environment, they reproduce it.

    \b
    Example:
      mdm config export-env --format dotenv > .env
    """
    from mdm.config.export import env_vars, lines_for

    active = application(ctx).load()
    warn_of(active.notices)
    variables = env_vars(active.config, include_secrets=include_secrets)
    everything = env_vars(active.config, include_secrets=True)
    left_out = sum(variables.get(name) != text for name, text in everything.items())
    if left_out:
        warn(f"left out: {left_out} secret{'s' if left_out > 1 else ''}", "--include-secrets prints them too")
    if as_json:
        out_json(variables)
    else:
        for line in lines_for(variables, style):
            out_bare(line)
