"""Resolves ivy.xml into a folder with the Ivy that pyspark ships; the standard library only."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from sentistream.setup.preflight import PreflightError, java_executable

PACKAGE = Path(__file__).resolve().parents[1]
CONFIGURATIONS = ("spark", "broker")
"""What every installation needs; `s3` is for those that want it."""


def jars_folder() -> Path:
    """Where the resolved jars lie: SENTISTREAM_JARS, or `.local/jars` below the working folder."""
    return Path(os.environ.get("SENTISTREAM_JARS", ".local/jars")).absolute()


def keep_private() -> None:
    """Have what is written below `.local` be its user's alone; a folder that SENTISTREAM_JARS names may be for others."""
    if "SENTISTREAM_JARS" not in os.environ:
        from sentistream.process import private_files

        private_files.keep()


def ivy_file() -> Path:
    """The `ivy.xml` of an installed wheel, or of the checkout."""
    packaged = PACKAGE / "ivy.xml"
    return packaged if packaged.exists() else PACKAGE.parent / "ivy.xml"


def _ivy_jar() -> Path:
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise PreflightError("pyspark is not installed: run `make setup`.")
    return next((Path(spec.origin).parent / "jars").glob("ivy-*.jar"))


def resolve(folder: Path, configurations: tuple[str, ...] = CONFIGURATIONS) -> None:
    """Download what `ivy.xml` names into `folder/<configuration>/`; those that are not named stay as they are.

    Raises:
        PreflightError: something could not be downloaded; names it and the remedy.
    """
    cache = folder / ".ivy-cache"
    try:
        for configuration in configurations:
            # By itself: what Ivy synchronises is the folder before the pattern's first bracket.
            _retrieve(configuration, folder / configuration, cache)
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def _retrieve(configuration: str, folder: Path, cache: Path) -> None:
    command = [java_executable(), "-jar", str(_ivy_jar()), "-ivy", str(ivy_file())]
    command += ["-cache", str(cache), "-confs", configuration, "-types", "jar", "bundle"]
    command += ["-retrieve", f"{folder}/[artifact]-[revision](-[classifier]).[ext]", "-sync"]
    run = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - our own ivy.xml
    output = run.stdout + run.stderr
    if run.returncode != 0 or "UNRESOLVED DEPENDENCIES" in output:
        missing = sorted(
            {line.split("::")[1].strip() for line in output.splitlines() if line.count("::") >= 2 and "#" in line}
        )
        what = ", ".join(missing) or output.strip().splitlines()[-1:]
        raise PreflightError(
            f"These jars could not be downloaded: {what}. Check the network or proxy (JAVA_TOOL_OPTIONS takes "
            "-Dhttps.proxyHost and -Dhttps.proxyPort) and run `make setup` again."
        )


def classpath(configuration: str) -> list[Path]:
    """The jars of one configuration.

    Raises:
        PreflightError: they were never resolved.
    """
    jars = optional(configuration)
    if not jars:
        remedy = "make setup" if configuration in CONFIGURATIONS else f"make {configuration}"
        raise PreflightError(f"No jars in {jars_folder() / configuration}: run `{remedy}` (or set SENTISTREAM_JARS).")
    return jars


def optional(configuration: str) -> list[Path]:
    """The jars of a configuration that not every installation has."""
    return sorted((jars_folder() / configuration).glob("*.jar"))


def main() -> int:
    """Resolve the configurations that are named, `CONFIGURATIONS` without a name, and print how many jars there are."""
    wanted = tuple(sys.argv[1:]) or CONFIGURATIONS
    keep_private()
    try:
        resolve(jars_folder(), wanted)
    except PreflightError as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    sys.stdout.write(f"{sum(len(classpath(name)) for name in wanted)} jars in {jars_folder()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
