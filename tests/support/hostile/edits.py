"""Versions whose files or tags were edited, cut or taken away."""

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.hostile.artefact import CLASSIFIER, CLEAN, GRAMS, IDF, VOCABULARY, Row, without_checksum, write
from tests.support.hostile.version import Draft, edited, registered


@edited("an edited weight", says="isn't what was registered|is missing")
def edited_weight(draft: Draft) -> None:
    """A single bit that no probe sees; `.crc` is gone."""

    def edit(row: Row) -> None:
        row["coefficientMatrix"]["values"][-1] *= 1.5

    draft.artefact.edit_row(CLASSIFIER, edit)


@edited("edited metadata", says="isn't what was registered|is missing")
def edited_metadata(draft: Draft) -> None:
    draft.artefact.edit_metadata(CLASSIFIER, lambda metadata: metadata["paramMap"].update(threshold=0.99))


@edited("a file beside the registered ones", says="was added")
def added_file(draft: Draft) -> None:
    write(draft.artefact.folder / "added", b"something")


@edited("a registered file that is gone", says="is missing")
def missing_file(draft: Draft) -> None:
    (draft.artefact.folder / "requirements.txt").unlink()


@edited("a digest of other files", says="is not that of the tag digest")
def other_digest(draft: Draft) -> None:
    draft.tags["digest"] = "0" * 64


@edited("a digest that was taken away", says="no tag digest")
def taken_away(draft: Draft) -> None:
    """So that it looks like a version of the program before."""
    del draft.tags["digest"]


@edited("a digest that is a path", says="which is no SHA-256")
def digest_that_is_a_path(draft: Draft) -> None:
    draft.tags["digest"] = "../../../outside"


@registered("a Parquet file cut in half", says=r"stage 5 \(LogisticRegressionModel\)")
def cut_in_half(draft: Draft) -> None:
    file = draft.artefact.data(CLASSIFIER)
    content = file.read_bytes()
    write(file, content[: len(content) // 2])


@registered("empty metadata", says="metadata")
def empty_metadata(draft: Draft) -> None:
    write(draft.artefact.metadata(CLEAN), b"")


@registered("a pipeline without its classifier", says="stages")
def no_classifier(draft: Draft) -> None:
    draft.artefact.edit_metadata(None, lambda metadata: metadata["paramMap"]["stageUids"].pop())


@registered("a stage that is not there", says="pipeline")
def missing_stage(draft: Draft) -> None:
    draft.artefact.edit_metadata(None, lambda metadata: metadata["paramMap"]["stageUids"].append("IDF_0"))


@registered("two files of weights", says=r"stage 5 \(LogisticRegressionModel\)")
def two_files(draft: Draft) -> None:
    file = draft.artefact.data(CLASSIFIER)
    write(file.with_name("part-00001-c000.snappy.parquet"), file.read_bytes())


@registered("weights of another type", says=r"stage 5 \(LogisticRegressionModel\)")
def other_type(draft: Draft) -> None:
    file = draft.artefact.data(CLASSIFIER)
    without_checksum(file)
    pq.write_table(pa.table({"coefficientMatrix": [["a", "b"]], "interceptVector": [None]}), file)


@registered("fewer IDF entries than words", says=r"stage 4 \(IDFModel\)")
def fewer_entries(draft: Draft) -> None:
    def cut(row: Row) -> None:
        row["idf"]["values"].pop()

    draft.artefact.edit_row(IDF, cut)


@registered("a word that is null", says=r"stage 3 \(CountVectorizerModel\)")
def null_word(draft: Draft) -> None:
    draft.artefact.edit_row(VOCABULARY, lambda row: row["vocabulary"].__setitem__(0, None))


@registered("a statement that is no text", says=r"stage 2 \(SQLTransformer\)")
def statement_of_no_text(draft: Draft) -> None:
    draft.artefact.edit_metadata(GRAMS, lambda metadata: metadata["paramMap"].update(statement=7))


OF_FILES = (
    cut_in_half,
    empty_metadata,
    no_classifier,
    missing_stage,
    two_files,
    other_type,
    fewer_entries,
    null_word,
    statement_of_no_text,
)
OF_THE_REGISTRY = (
    edited_weight,
    edited_metadata,
    added_file,
    missing_file,
    other_digest,
    taken_away,
    digest_that_is_a_path,
)
