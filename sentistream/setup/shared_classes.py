"""Class data sharing: what a JVM loads at its start is parsed and verified once, and mapped by every later start.

Half of a start's processor time is saved so (docs/performance.md; Java's JEP 350). An archive that does not fit, because Java
or a jar is another one, is passed over by the JVM itself.
"""

from collections.abc import Iterable
from pathlib import Path

from sentistream.setup import jars

QUIET = ("-Xlog:cds=off", "-Xlog:class+path=off", "-Xlog:cds+dynamic=off")
"""An archive that does not fit is no fault."""


def archive(configuration: str) -> Path:
    """Where the archive of a configuration's JVM lies, if there is one."""
    return jars.jars_folder() / f"{configuration}.jsa"


def use(configuration: str) -> tuple[str, ...]:
    """The JVM's options that map the archive; none where it was never made."""
    file = archive(configuration)
    return (f"-XX:SharedArchiveFile={file}", *QUIET) if file.exists() else ()


def make(file: Path) -> tuple[str, ...]:
    """The JVM's options that write an archive of all that it has loaded, when it ends."""
    return (f"-XX:ArchiveClassesAtExit={file}", *QUIET)


def joined(options: Iterable[str]) -> str:
    """Options as one string, which both Spark and Java's launcher cut at blanks outside quotes."""
    return " ".join(f'"{each}"' if " " in each else each for each in options)
