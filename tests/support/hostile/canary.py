"""By what it is seen that a version ran code or read a secret."""

import shutil
import uuid
from dataclasses import dataclass, field
from pathlib import Path

JAVA_TEMPORARY = Path("/tmp")  # noqa: S108 - where Java makes temporary files, whatever TMPDIR says
SECRET_VARIABLE = "X_BEARER_TOKEN"  # noqa: S105 - its name


@dataclass(frozen=True)
class Canary:
    """A name that files of executed code bear, and secrets that nothing may print; all lies below a folder of the test's own."""

    folder: Path
    name: str = field(default_factory=lambda: f"canary-{uuid.uuid4().hex}")
    secret: str = field(default_factory=lambda: f"secret-{uuid.uuid4().hex}")

    @property
    def secret_file(self) -> Path:
        """A file beyond the artefact whose one line is the secret."""
        return self.folder / "a secret"

    @property
    def library(self) -> Path:
        """Native code that any JVM can load; seen in the memory map of a process that did."""
        return self.folder / f"{self.name}.so"

    @property
    def file(self) -> Path:
        """What executed Python code makes."""
        return self.folder / self.name

    def prepare(self) -> None:
        """Make the folder, the secret and the library."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.secret_file.write_text(self.secret)
        java = shutil.which("java")
        if java is not None:
            shutil.copyfile(Path(java).resolve().parents[1] / "lib" / "libprefs.so", self.library)

    def traces(self, processes: list[int]) -> list[str]:
        """What executed code left: files, and native code in these processes."""
        left = [str(file) for file in (self.file, *JAVA_TEMPORARY.glob(f"{self.name}*")) if file.exists()]
        return left + [f"process {pid} loaded {self.library}" for pid in processes if self._is_loaded_by(pid)]

    def _is_loaded_by(self, pid: int) -> bool:
        try:
            return str(self.library) in Path(f"/proc/{pid}/maps").read_text()
        except OSError:  # it has ended, or this is no Linux
            return False
