"""Hostile model versions: made from a good champion by editing its files and its rows in a real registry.

Whoever can write to the registry can register any of them; none may serve, run code, read a secret or stop the stream.
"""

from tests.support.hostile import bombs, code, edits, labels, links, numbers, places
from tests.support.hostile.version import HostileVersion

OF_FILES: tuple[HostileVersion, ...] = (*code.OF_FILES, *bombs.OF_FILES, *numbers.OF_FILES, *edits.OF_FILES)
"""What their files hold is refused."""
OF_THE_REGISTRY: tuple[HostileVersion, ...] = (
    *code.OF_THE_REGISTRY,
    *bombs.OF_THE_REGISTRY,
    *labels.OF_THE_REGISTRY,
    *edits.OF_THE_REGISTRY,
    *places.OF_THE_REGISTRY,
    *links.OF_THE_REGISTRY,
)
"""What the registry says of them is, or what it would give."""
FORTY: tuple[HostileVersion, ...] = (
    code.pickled_flavour,
    code.loader_module,
    code.pickled_weights,
    code.native_code,
    code.reflection,
    code.exit_of_the_process,
    code.secret_of_the_environment,
    code.secret_of_a_file,
    code.secret_of_a_substitution,
    code.python_stage,
    bombs.equal_words,
    bombs.lying_footer,
    bombs.claimed_features,
    bombs.packed_metadata,
    bombs.nested_pipelines,
    bombs.small_files,
    bombs.sparse_file,
    bombs.backtracking_pattern,
    bombs.lengthened_text,
    numbers.weight_of_no_number,
    numbers.endless_intercept,
    numbers.idf_of_no_number,
    numbers.endless_scale,
    numbers.machine_of_no_number,
    numbers.likelihood_of_no_number,
    numbers.threshold_of_no_number,
    labels.exchanged_classes,
    labels.exchanged_labels,
    labels.other_classes,
    labels.band_of_no_number,
    edits.edited_weight,
    edits.added_file,
    edits.other_digest,
    edits.cut_in_half,
    places.run_that_is_a_path,
    places.folder_of_the_system,
    places.artefact_of_another_run,
    links.link_to_a_secret,
    links.pipe,
    links.endless_device,
)
"""Of every kind some: those that become champion under load. The others differ from them in what is wrong, and not in who notices."""
TEN: tuple[HostileVersion, ...] = (
    code.loader_module,
    code.native_code,
    code.secret_of_the_environment,
    bombs.equal_words,
    bombs.lying_footer,
    numbers.weight_of_no_number,
    labels.exchanged_labels,
    edits.edited_weight,
    places.run_that_is_a_path,
    links.link_to_a_secret,
)
"""Of the forty, for each change: each costs two processes that start."""
