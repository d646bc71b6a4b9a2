"""``otiograde lut``: apply, examine, convert and build .cube LUTs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from otiograde.cli.console import Console, show_json
from otiograde.cli.options import output_options
from otiograde.cli.values import NumberRange
from otiograde.color.interpolation import INTERPOLATIONS, Interpolation
from otiograde.record.settings import STRONGEST_GRADE

if TYPE_CHECKING:
    from otiograde.color.lut import Lut3D
    from otiograde.deep.style import FeatureName
    from otiograde.media.pictures import Picture

#: The networks of ``deep.style.FEATURES``, which loads too much for ``--help``.
FEATURES = ("efficientnet", "vgg16", "vgg19")

#: Nodes on a side.
SIZE = click.IntRange(2, 129)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def lut() -> None:
    """Apply, examine, convert or build .cube LUTs."""


def _opened(path: Path, console: Console) -> Lut3D:
    """Read a .cube, and print what was skipped or converted."""
    from otiograde.folder.reading import read_noted

    cube = read_noted(path)
    for note in cube.notes:
        console.print("note", f"{path.name}: {note}")
    return cube.lut


@lut.command()
@click.argument("cube", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("source", metavar="IN", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--interpolation",
    type=click.Choice(INTERPOLATIONS),
    default="tetrahedral",
    show_default=True,
    help="Interpolation between the nodes of the LUT.",
)
@click.option("--strength", type=NumberRange(0, 1), default=1.0, show_default=True, help="Strength of the LUT.")
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
@click.option("--quiet", "-q", is_flag=True, help="Print no lines about the work.")
def apply(
    cube: Path, source: Path, target: Path, interpolation: Interpolation, strength: float, force: bool, quiet: bool
) -> None:
    """Apply CUBE to an image or a video in float. Size, depth and color tags stay as they are."""
    from otiograde.folder.writing import check_target
    from otiograde.movie.apply_lut import apply_lut

    check_target(source, target, force=force)
    with Console(quiet) as console:
        apply_lut(_opened(cube, console), source, target, interpolation, strength, console.progress)
        console.print("wrote", str(target))


@lut.command()
@click.argument("cube", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@output_options
def info(cube: Path, as_json: bool, quiet: bool) -> None:
    """Show the size and domain of CUBE, and whether it is smooth and keeps grays in order."""
    from otiograde.folder.reading import read_noted
    from otiograde.record.codec import encode

    opened = read_noted(cube)
    table = opened.lut
    health = table.health()
    if as_json:
        domain = table.domain.tolist()
        show_json(
            {
                "title": table.title,
                "size": table.size,
                "domain": domain,
                "identity": table.is_identity,
                "notes": opened.notes,
                **encode(health),
            }
        )
        return
    if quiet:
        return
    low, high = table.domain
    click.echo(f"title              {table.title or '(none)'}")
    click.echo(f"size               {table.size} x {table.size} x {table.size}")
    click.echo(f"domain             {' '.join(f'{v:g}' for v in low)} to {' '.join(f'{v:g}' for v in high)}")
    click.echo(f"identity           {'yes' if table.is_identity else 'no'}")
    click.echo(f"second difference  {health.second_difference:.4f}  (smooth up to 0.06 at a step of 1/32)")
    click.echo(f"neutral step       {health.neutral_step:.4f}  (below 0: the neutral axis turns back)")
    for note in opened.notes:
        click.echo(f"note               {note}")


@lut.command()
@click.argument("cube", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--size", type=SIZE, default=33, show_default=True, help="Nodes on a side.")
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
def convert(cube: Path, target: Path, size: int, force: bool) -> None:
    """Resample CUBE to another size, with the domain 0 to 1."""
    from otiograde.folder.writing import check_target, write_cube

    check_target(cube, target, force=force)
    write_cube(target, _opened(cube, Console()).resample(size))


def _recovered(content: Picture, still: Picture, name: str, size: int) -> Lut3D:
    """Recover the grade of a still for the colors of the content."""
    from otiograde.color.lut import Lut3D
    from otiograde.decide.look.recovered import recovered_look

    return Lut3D.bake(recovered_look([still], names=[name])(content.reshape(-1, 3)[::97]), size)


@lut.command("from-stills")
@click.argument("before", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--size", type=SIZE, default=33, show_default=True, help="Nodes on a side.")
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
def from_stills(before: Path, after: Path, target: Path, size: int, force: bool) -> None:
    """Build a LUT from one picture BEFORE and AFTER grading. Both must show the same pixels."""
    from otiograde.decide.look.before_after import lut_from_stills
    from otiograde.folder.writing import check_target, write_cube
    from otiograde.media.frames import read_still

    check_target(before, target, force=force)
    write_cube(target, lut_from_stills(read_still(before), read_still(after), size))


@lut.command("from-style")
@click.argument("content", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("still", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The .cube.")
@click.option(
    "--features",
    type=click.Choice(FEATURES),
    help="The network whose early layers are compared.  [default: the first of these that is installed]",
)
@click.option("--size", type=SIZE, default=33, show_default=True, help="Nodes on a side.")
@click.option("--force", is_flag=True, help="Replace the .cube if it exists.")
@click.option("--quiet", "-q", is_flag=True, help="Print no lines about the work.")
def from_style(
    content: Path, still: Path, output: Path, features: FeatureName | None, size: int, force: bool, quiet: bool
) -> None:
    """Give CONTENT the style of STILL by neural style transfer of its pixels, and write that as a LUT.

    CONTENT comes to resemble STILL, what it shows included. Without the network, the grade of STILL is recovered.
    """
    from otiograde.decide.look.before_after import lut_from_stills
    from otiograde.deep.style import open_style
    from otiograde.errors import ToolNotFoundError
    from otiograde.folder.writing import check_target, write_cube
    from otiograde.media.frames import read_still

    for picture in (content, still):
        check_target(picture, output, force=force)
    with Console(quiet) as console:
        before, example = read_still(content), read_still(still)
        try:
            table = lut_from_stills(*open_style(features).transferred(before, example), size)
        except ToolNotFoundError as error:
            console.print("note", f"no style transfer, the grade is recovered instead: {error}")
            table = _recovered(before, example, still.name, size)
        write_cube(output, table)
        console.print("wrote", str(output))


@lut.command("from-look")
@click.argument("stills", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="STILL...")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The .cube.")
@click.option(
    "--strength",
    type=NumberRange(0, STRONGEST_GRADE),
    default=1.0,
    show_default=True,
    help="1 is what was done to the stills.",
)
@click.option("--size", type=SIZE, default=33, show_default=True, help="Nodes on a side.")
@click.option("--force", is_flag=True, help="Replace the .cube if it exists.")
@click.option("--quiet", "-q", is_flag=True, help="Print no lines about the work.")
def from_look(stills: tuple[Path, ...], output: Path, strength: float, size: int, force: bool, quiet: bool) -> None:
    """Recover what was done to stills of one film, and write it as a LUT. A folder or a clip counts as its pictures."""
    from otiograde.color.lut import Lut3D
    from otiograde.folder.writing import check_target, write_cube
    from otiograde.grading.look_files import recover

    for still in stills:
        check_target(still, output, force=force)
    with Console(quiet) as console:
        look, notes = recover(stills, strength)
        for note in (*notes, look.words):
            console.print("note", note)
        write_cube(output, Lut3D.bake(look.preset(), size))
        console.print("wrote", str(output))
