"""What a version's number means from now on: the manifest of its files, their digest as a tag, and a signature where a key is set."""

from collections.abc import Iterator

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.artefact import cache, signature
from sentistream.scoring.probe_sentences import PAIRS
from trainer.evaluation.registered import scorer_of
from trainer.selection import proof
from trainer.settings import TrainerSettings


def seal(settings: TrainerSettings, version: int) -> ModelVersion:
    """Read a version that was just registered back from the store, and write down what its files are.

    Raises:
        UserError: they can't be had, or the signing key can't be used.
    """
    registered = registry.resolve_uri(settings, f"models:/{settings.model_name}/{version}")
    sealed = signature.signed(settings, cache.taken(settings, registered))
    _write(settings, sealed)
    return sealed


def adopt(settings: TrainerSettings, version: int) -> Iterator[str]:
    """Prove a version that was registered before digests, or elsewhere, and write its digest; sign it where a key is set; what to tell.

    Raises:
        UserError: it has a digest already (and a signature where a key is set), or is wrong.
    """
    signature.require_key(settings)
    registered = registry.resolve_uri(settings, f"models:/{settings.model_name}/{version}")
    # What is proved is what is written down, whatever becomes of the store meanwhile.
    taken = registered if registered.digest else cache.taken(settings, registered)
    sealed = signature.signed(settings, taken)
    if sealed == registered:
        raise UserError(f"{registered.title} has a digest already: there is nothing to adopt.")
    languages = [each for each in sealed.languages or () if each in PAIRS]
    proved = proof.prove(settings, scorer_of(settings, sealed), languages, None)
    yield proved.told
    _write(settings, proved.version)
    signed = ", signed" if sealed.signature else ""
    yield f"{sealed.title} is these files from now on: digest {sealed.digest}{signed}"


def _write(settings: TrainerSettings, sealed: ModelVersion) -> None:
    cache.store_manifest(settings, sealed)
    client = registry_connection.client(settings)
    # The digest last: with it the version can be loaded.
    tags = {registry.SIGNATURE_TAG: sealed.signature, registry.DIGEST_TAG: sealed.digest}
    for name, value in tags.items():
        if value:
            client.set_model_version_tag(sealed.name, str(sealed.version), name, value)
