"""Which tests hold which row of the fault table; an entry is a test of a module, or a whole module."""

CONTRACT, E2E, MODEL, UNIT = "tests/contract", "tests/e2e", "tests/model", "tests/unit"
FAULTS = f"{E2E}/faults"
MISSING_VIEW = f"{CONTRACT}/gateway/test_missing_view.py"

ROWS: dict[str, tuple[str, ...]] = {
    "no picture, truncated, wrong extension, polyglot, SVG/EPS/PDF": (
        f"{UNIT}/contracts/test_pictures.py::test_what_is_no_picture_is_refused",
        f"{UNIT}/contracts/test_pictures.py::test_a_truncated_picture_is_refused_at_every_length",
        f"{UNIT}/contracts/test_pictures.py::test_every_flipped_byte_is_a_picture_or_a_refusal",
        f"{CONTRACT}/test_hostile_pictures.py::test_what_is_no_picture_is_the_callers_fault",
        f"{CONTRACT}/test_hostile_pictures.py::test_the_content_is_judged_not_the_name",
        f"{CONTRACT}/test_hostile_pictures.py::test_every_file_of_a_folder",
    ),
    "decompression bomb, 50-megapixel header": (
        f"{UNIT}/contracts/test_pictures.py::test_a_bomb_is_refused_by_its_header",
        f"{CONTRACT}/test_hostile_pictures.py::test_a_bomb_is_refused_by_its_header",
    ),
    "EXIF 1-8, CMYK, 16-bit, palette with alpha, animated, 1×1": (
        f"{CONTRACT}/test_hostile_pictures.py::test_every_kind_of_picture_is_accepted",
        f"{MODEL}/test_hostile_pictures.py",
    ),
    "body over the limit, thousands of parts": (
        f"{UNIT}/contracts/test_bodies.py::test_a_body_without_a_length_is_left_as_soon_as_it_is_too_large",
        f"{UNIT}/contracts/test_bodies.py::test_an_announced_length_over_the_limit_is_refused_unread",
        f"{UNIT}/contracts/test_bodies.py::test_too_many_parts_are_refused",
        f"{CONTRACT}/gateway/test_refused_queries.py::test_too_large",
        f"{CONTRACT}/gateway/test_overload.py::test_the_memory_of_bodies_is_shared_out",
        f"{FAULTS}/test_large_bodies.py",
    ),
    "a client that trickles bytes": (
        f"{CONTRACT}/gateway/test_connections.py",
        f"{CONTRACT}/gateway/test_overload.py::test_bodies_that_trickle_hold_no_turn",
        f"{CONTRACT}/drml_service/test_problems.py::test_a_body_that_trickles_is_given_up",
    ),
    "parameters out of range, ids like paths, NUL": (
        f"{CONTRACT}/test_hostile_parameters.py",
        f"{CONTRACT}/gateway/test_images.py::test_any_id_goes_round",
        f"{CONTRACT}/gateway/test_images.py::test_ids_refused",
        f"{CONTRACT}/gateway/test_refused_queries.py::test_n_refused",
        f"{UNIT}/gateway/test_content_files.py::test_only_hashes_become_paths",
    ),
    "generated calls over the three OpenAPI documents": (f"{CONTRACT}/test_schemathesis.py",),
    "markup in a caption or a file name": (
        f"{E2E}/page/test_page_answer.py::test_markup_in_a_caption_and_an_id_is_text",
        f"{E2E}/page/test_page_answer.py::test_markup_in_a_file_name_is_text",
        f"{E2E}/page/test_page_care.py::test_the_policy_is_strict_and_holds",
    ),
    "a view killed, hung, answering 500 or nonsense": (
        f"{MISSING_VIEW}::test_one_view_down_is_the_other_s_answer",
        f"{MISSING_VIEW}::test_both_down_is_503",
        f"{E2E}/test_views_down.py",
        f"{FAULTS}/test_rude_views.py",
    ),
    "kill -9 at any step of an ingest": (
        f"{E2E}/test_kill.py",
        f"{FAULTS}/test_ingest_light.py",
        f"{FAULTS}/test_ingest_steps.py",
        f"{E2E}/client/test_killed_ingest.py",
        f"{UNIT}/gateway/test_durability.py",
    ),
    "a damaged, foreign or NaN artifact, a pickle on the volume": (
        f"{CONTRACT}/diversity_view/test_bad_artifacts.py",
        f"{UNIT}/contracts/test_manifest.py::test_a_damaged_artifact_is_refused_with_its_reason",
        f"{UNIT}/contracts/test_manifest.py::test_an_artifact_may_not_carry_code",
        f"{MODEL}/drml_service/test_encoder.py::test_weights_that_must_not_serve",
        f"{MODEL}/caption_service_serving/test_artifact.py::test_a_decoder_that_must_not_serve",
    ),
    "100 new artifacts under load": (
        f"{CONTRACT}/diversity_view/test_generations.py::test_artifacts_under_constant_queries",
        f"{E2E}/test_live_artifacts.py",
        f"{E2E}/test_live_views.py",
    ),
    "two jobs publish at once, a job killed while publishing": (
        f"{E2E}/test_publish.py",
        f"{UNIT}/contracts/test_publishing.py",
    ),
    "disk full": (
        f"{CONTRACT}/gateway/test_service.py::test_a_full_disk_is_507_and_searches_live_on",
        f"{UNIT}/gateway/test_content_files.py::test_a_full_disk_is_said_and_leaves_nothing",
        f"{UNIT}/gateway/test_content_files.py::test_no_space_is_a_507",
        f"{FAULTS}/test_full_disk.py",
    ),
    "Redis absent, killed, hung": (
        f"{UNIT}/gateway/test_redis_store.py",
        f"{E2E}/test_redis_lost.py",
    ),
    "ten times the load it can carry": (
        f"{CONTRACT}/gateway/test_overload.py::test_a_flood_is_served_within_the_limit_and_refused_beyond",
        f"{E2E}/test_overload.py",
    ),
    "SIGTERM under load": (
        f"{E2E}/test_stopping.py",
        f"{E2E}/test_gateway.py::test_a_term_signal_ends_in_order",
    ),
    "an hour of mixed load": (f"{FAULTS}/test_soak_light.py", f"{FAULTS}/test_soak.py"),
}


def rows_of(node: str) -> list[str]:
    """The rows that a test, named as pytest names it, belongs to."""
    plain = node.partition("[")[0]
    return [row for row, entries in ROWS.items() if plain in entries or plain.partition("::")[0] in entries]
