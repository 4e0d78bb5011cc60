/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/verify.h"

#include <errno.h>
#include <stdarg.h>

#include "base/encode.h"
#include "evc-alloc.h"
#include "evc-io.h"
#include "k8s/reencrypt.h"
#include "kms_v2-value.h"
#include "toy-cluster.h"

#define BEFORE "2023-11-14T22:00:00Z" /* after what toy objects were written at */
#define LATER "2023-11-14T22:30:00Z"

static const char *seeds[TOY_OBJECTS]; /* wrapped, of stored values */

static void
run(void)
{
    evc_reencrypt_report_free(toy_report);
    toy_report = NULL;
    EVC_CHECK_OK(evc_reencrypt_run(k.kube, &toy_options, NULL, NULL, &k.wait,
                                   &toy_report, NULL));
}

static void
verify_by(evc_etcd *etcd, int32_t outcome, const char *word)
{
    evc_error *err = NULL;
    int rc;

    evc_reencrypt_report_free(toy_report);
    toy_report = NULL;
    rc = evc_reencrypt_verify(k.kube, &toy_options, etcd, NULL, NULL, &k.wait,
                              &toy_report, &err);
    ck_assert_msg(rc == 0, "%s", evc_error_message(err));
    ck_assert_msg(toy_report->outcome == outcome, "%s", toy_report->outcome_reason);
    ck_assert_msg(strstr(toy_report->outcome_reason, word) != NULL, "%s",
                  toy_report->outcome_reason);
}

static void
verify(int32_t outcome, const char *word)
{
    verify_by(NULL, outcome, word);
}

static void
set_up(void)
{
    toy_set_up();
    toy_fill(6, true);
    toy_set("journal", evc_folder_path("journal"));
    toy_set("since", BEFORE);
    for (size_t i = 0; i < TOY_OBJECTS; i++)
        seeds[i] = "seed-1";
}

START_TEST(after_a_run_it_is_proven)
{
    run();
    verify(ENVCRYPT_OUTCOME_PROVEN, "6 objects");
    ck_assert_uint_eq(toy.rewrites, 6);
}
END_TEST

START_TEST(without_the_time_of_the_change_it_is_not)
{
    run();
    toy_set("since", NULL);
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "since");
}
END_TEST

START_TEST(without_the_journal_it_is_not)
{
    run();
    toy_set("journal", NULL);
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "did not show");
}
END_TEST

START_TEST(after_a_rotation_that_the_server_does_not_see_an_empty_pass_proves_nothing)
{
    run();
    k.now += 1800000;
    for (size_t i = 0; i < toy.count; i++)
        toy.objects[i].stale = true;
    toy.blind = true;
    toy_set("since", LATER);
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "did not show");
    toy_set("since", NULL);
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "since");
}
END_TEST

START_TEST(something_stale_contradicts)
{
    run();
    toy.objects[2].stale = true;
    verify(ENVCRYPT_OUTCOME_CONTRADICTED, "a/s-02");
}
END_TEST

START_TEST(annotations_are_compared_with_the_change)
{
    toy.blind = true;
    run();
    ck_assert_int_eq(toy_report->mode, ENVCRYPT_REENCRYPT_ANNOTATE);
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "each object was written after");
    ck_assert_int_eq(toy_report->mode, ENVCRYPT_REENCRYPT_ANNOTATE);
}
END_TEST

START_TEST(one_that_was_not_annotated_contradicts)
{
    toy.blind = true;
    run();
    toy.objects[4].mark[0] = '\0';
    toy.objects[4].version = 5;
    verify(ENVCRYPT_OUTCOME_CONTRADICTED, "b/s-04");
}
END_TEST

START_TEST(a_verification_of_annotations_writes_nothing)
{
    toy.blind = true;
    run();
    toy.patches = 0;
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "each object");
    ck_assert_uint_eq(toy.patches, 0);
}
END_TEST

/* What a migration left, empty patches tell. */
START_TEST(the_mode_of_a_migration_is_verified_by_patches)
{
    toy_set("mode", "migrate");
    verify(ENVCRYPT_OUTCOME_CONTRADICTED, "6 objects");
}
END_TEST

static bool
deny_patches(const kube_request *r, kube_step *s)
{
    if (!strstr(r->url, "selfsubjectaccessreviews"))
        return false;
    toy_put("{\"kind\":\"SelfSubjectAccessReview\",\"status\":{\"allowed\":%s}}",
            strstr(r->body, "\"patch\"") ? "false" : "true");
    s->status = 201;
    return true;
}

START_TEST(without_the_right_to_patch_it_says_that_etcd_needs_none)
{
    evc_error *err = NULL;

    toy.at = deny_patches;
    EVC_CHECK_CODE(evc_reencrypt_verify(k.kube, &toy_options, NULL, NULL, NULL, &k.wait,
                                        &toy_report, &err),
                   ENVCRYPT_E_KUBE_PREFLIGHT);
    ck_assert_msg(strstr(evc_error_message(err), "verify with etcd") != NULL, "%s",
                  evc_error_message(err));
    evc_error_free(err);
}
END_TEST

/* --- stored values: a dump of etcdctl --- */

static void
put_base64(evc_buf *out, const char *name, evc_view bytes)
{
    evc_buf_put_format(out, "\"%s\":\"", name);
    evc_encode_base64(out, bytes);
    evc_buf_put_text(out, "\"");
}

static void
put_value(evc_buf *out, const toy_object *o, const char *key_id)
{
    evc_buf key;
    evc_buf value;

    evc_buf_init(&key);
    evc_buf_init(&value);
    evc_buf_put_format(&key, "/registry/secrets/%s/%s", o->ns, o->name);
    if (o->stale) {
        evc_buf_put(&value, "k8s\0plain", 9);
    } else {
        put_kms_v2(&value, key_id, seeds[o - toy.objects]);
    }
    evc_buf_put_text(out, "{");
    put_base64(out, "key", evc_buf_view(&key));
    evc_buf_put_format(out, ",\"create_revision\":1,\"mod_revision\":%u,", o->version);
    put_base64(out, "value", evc_buf_view(&value));
    evc_buf_put_text(out, "}");
    evc_buf_reset(&key);
    evc_buf_reset(&value);
}

static evc_etcd *
dump(const char *key_id)
{
    evc_etcd *etcd;
    evc_buf text;

    evc_buf_init(&text);
    evc_buf_put_format(&text, "{\"header\":{\"revision\":%u},\"kvs\":[", toy.version);
    for (size_t i = 0; i < toy.count; i++) {
        evc_buf_put_text(&text, i ? "," : "");
        put_value(&text, &toy.objects[i], key_id);
    }
    evc_buf_put_format(&text, "],\"count\":%zu}", toy.count);
    evc_buf_put_u8(&text, 0);
    evc_folder_put("dump", (const char *)text.data, 0600);
    evc_buf_reset(&text);
    EVC_CHECK_OK(evc_etcd_open_file(k.crypto, evc_folder_path("dump"), &etcd, NULL));
    return etcd;
}

START_TEST(stored_values_prove)
{
    evc_etcd *etcd;

    run();
    etcd = dump("key-1");
    verify_by(etcd, ENVCRYPT_OUTCOME_PROVEN, "6 values");
    ck_assert_int_eq(FIGURE(STORED), 6);
    evc_etcd_close(etcd);
}
END_TEST

START_TEST(a_plain_value_contradicts)
{
    evc_etcd *etcd;

    run();
    toy.objects[1].stale = true;
    etcd = dump("key-1");
    verify_by(etcd, ENVCRYPT_OUTCOME_CONTRADICTED, "a/s-01");
    evc_etcd_close(etcd);
}
END_TEST

START_TEST(only_values_that_are_selected_are_judged)
{
    evc_etcd *etcd;

    toy_set("namespaces", "b");
    run();
    etcd = dump("key-1"); /* those of a are plain */
    verify_by(etcd, ENVCRYPT_OUTCOME_PROVEN, "3 values");
    evc_etcd_close(etcd);
}
END_TEST

/* Etcd does not tell which objects have them. */
START_TEST(with_labels_a_value_of_any_object_does_not_contradict)
{
    evc_etcd *etcd;

    toy_set("selector", "app=web");
    run();
    toy.objects[1].stale = true;
    etcd = dump("key-1");
    verify_by(etcd, ENVCRYPT_OUTCOME_NOT_PROVEN, "a/s-01");
    ck_assert_ptr_nonnull(strstr(toy_report->outcome_reason, "whatever their labels"));
    evc_etcd_close(etcd);
}
END_TEST

START_TEST(a_dump_from_before_proves_nothing)
{
    evc_etcd *etcd;

    run();
    etcd = dump("key-1");
    toy.objects[1].version = ++toy.version;
    verify_by(etcd, ENVCRYPT_OUTCOME_NOT_PROVEN, "older");
    evc_etcd_close(etcd);
}
END_TEST

START_TEST(another_prefix_has_nothing)
{
    evc_etcd *etcd;

    run();
    etcd = dump("key-1");
    toy_set("etcd-prefix", "/kubernetes.io");
    verify_by(etcd, ENVCRYPT_OUTCOME_NOT_PROVEN, "no value");
    evc_etcd_close(etcd);
}
END_TEST

/* As new, and as many: but of another cluster. */
START_TEST(etcd_of_somebody_else_proves_nothing)
{
    evc_etcd *etcd;

    run();
    etcd = dump("key-1");
    for (size_t i = 0; i < toy.count; i++)
        toy.objects[i].name[0] = 'x';
    verify_by(etcd, ENVCRYPT_OUTCOME_NOT_PROVEN, "is this its etcd");
    evc_etcd_close(etcd);
}
END_TEST

START_TEST(where_the_server_cannot_read_an_object_nothing_is_proven)
{
    evc_etcd *etcd;

    run();
    etcd = dump("key-1");
    toy.objects[1].unreadable = true;
    verify_by(etcd, ENVCRYPT_OUTCOME_NOT_PROVEN, "cannot read all");
    evc_etcd_close(etcd);
}
END_TEST

/* --- a key id that stays, API servers that were restarted, and readings --- */

static void
verify_values(const char *key_id, int32_t outcome, const char *word)
{
    evc_etcd *etcd = dump(key_id);

    verify_by(etcd, outcome, word);
    evc_etcd_close(etcd);
}

/* All is under a key id that stays. */
static void
set_up_constant(void)
{
    toy.blind = true;
    for (size_t i = 0; i < toy.count; i++)
        toy.objects[i].stale = false;
}

/* After half an hour the wall clock is past LATER. */
static void
wait_minutes(int minutes)
{
    k.now += (int64_t)minutes * 60000;
}

static void
start_new_seed(const char *seed)
{
    for (size_t i = 0; i < toy.count; i++)
        seeds[i] = seed;
}

START_TEST(a_key_id_that_stays_is_proven_after_a_restart)
{
    set_up_constant();
    wait_minutes(30);
    toy_set("restarted", LATER);
    run();
    ck_assert_int_eq(toy_report->mode, ENVCRYPT_REENCRYPT_ANNOTATE);
    verify_values("arn", ENVCRYPT_OUTCOME_PROVEN, "restarted");
    toy_set("restarted", NULL);
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "option restarted");
}
END_TEST

START_TEST(a_run_before_the_restart_is_no_base_for_it)
{
    set_up_constant();
    run();
    wait_minutes(30);
    toy_set("restarted", LATER);
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "had been restarted");
}
END_TEST

START_TEST(times_of_objects_after_the_restart_are_as_good_as_a_run)
{
    set_up_constant();
    wait_minutes(30);
    toy_set("restarted", LATER);
    toy.written_ms = KUBE_WALL + 1800000;
    verify_values("arn", ENVCRYPT_OUTCOME_PROVEN, "restarted");
    toy.written_ms = KUBE_WALL;
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "had been restarted");
}
END_TEST

START_TEST(without_etcd_a_restart_proves_nothing)
{
    set_up_constant();
    wait_minutes(30);
    toy_set("restarted", LATER);
    run();
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "each object was written");
}
END_TEST

START_TEST(a_data_key_that_was_read_before_the_change_contradicts)
{
    set_up_constant();
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "");
    wait_minutes(30);
    toy_set("since", LATER);
    run();
    verify_values("arn", ENVCRYPT_OUTCOME_CONTRADICTED, "a/s-00");
    toy_set("restarted", LATER);
    verify_values("arn", ENVCRYPT_OUTCOME_CONTRADICTED, "a/s-00");
    start_new_seed("seed-2");
    verify_values("arn", ENVCRYPT_OUTCOME_PROVEN, "restarted");
    toy_set("restarted", NULL);
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "before the change already");
}
END_TEST

START_TEST(what_was_read_before_a_change_is_there_after_two_changes)
{
    set_up_constant();
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "");
    wait_minutes(30);
    toy_set("since", LATER);
    run();
    start_new_seed("seed-2");
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "");
    wait_minutes(15);
    toy_set("since", "2023-11-14T22:58:00Z");
    run();
    verify_values("arn", ENVCRYPT_OUTCOME_CONTRADICTED,
                  "was in use at 2023-11-14T22:4");
}
END_TEST

/* Some values were plain, and showed that the server sees what is stale. */
START_TEST(what_was_shown_under_a_key_id_of_before_proves_nothing)
{
    toy.objects[0].stale = false;
    toy.objects[0].version = ++toy.version; /* the plain ones are older */
    verify_values("arn", ENVCRYPT_OUTCOME_CONTRADICTED, "without encryption");
    wait_minutes(30);
    toy_set("since", LATER);
    toy_set("mode", "rewrite");
    run();
    toy_set("mode", "annotate");
    run();
    start_new_seed("seed-2");
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "before the change already");
}
END_TEST

START_TEST(a_key_id_that_was_not_there_before_is_proven_whatever_was_shown)
{
    verify_values("-", ENVCRYPT_OUTCOME_CONTRADICTED, "without encryption");
    wait_minutes(30);
    toy_set("since", LATER);
    toy_set("mode", "annotate");
    run();
    verify_values("key-1", ENVCRYPT_OUTCOME_PROVEN, "none was under it");
}
END_TEST

/* Others may have been under it, that are not selected. */
START_TEST(of_a_part_of_the_objects_no_key_id_is_known_to_be_new)
{
    toy_set("namespaces", "b");
    verify_values("-", ENVCRYPT_OUTCOME_CONTRADICTED, "without encryption");
    wait_minutes(30);
    toy_set("since", LATER);
    toy_set("mode", "annotate");
    run();
    verify_values("key-1", ENVCRYPT_OUTCOME_NOT_PROVEN, "key id changed");
}
END_TEST

START_TEST(what_was_read_of_a_server_that_has_more_is_not_kept)
{
    evc_etcd *etcd;

    set_up_constant();
    etcd = dump("arn");
    toy.objects[1].version = ++toy.version;
    verify_by(etcd, ENVCRYPT_OUTCOME_NOT_PROVEN, "older");
    evc_etcd_close(etcd);
    wait_minutes(30);
    toy_set("since", LATER);
    run();
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "option restarted");
}
END_TEST

static bool
notes(const char *word)
{
    for (size_t i = 0; i < toy_report->note_count; i++) {
        if (strstr(toy_report->notes[i], word))
            return true;
    }
    return false;
}

START_TEST(a_journal_that_cannot_be_written_takes_nothing_from_the_outcome)
{
    evc_etcd *etcd;

    run();
    etcd = dump("key-1");
    evc_io_reset();
    evc_io_fail("write", 0, ENOSPC);
    verify_by(etcd, ENVCRYPT_OUTCOME_PROVEN, "6 values");
    evc_io_reset();
    ck_assert(notes("could not keep what was read"));
    evc_etcd_close(etcd);
}
END_TEST

static int
verify_quietly(void *etcd)
{
    evc_reencrypt_report *report = NULL;
    int rc = evc_reencrypt_verify(k.kube, &toy_options, etcd, NULL, NULL, &k.wait,
                                  &report, NULL);

    evc_reencrypt_report_free(report);
    (void)remove(evc_folder_path("journal"));
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    evc_etcd *etcd = dump("key-1");

    ck_assert_uint_gt(evc_alloc_sweep(verify_quietly, etcd), 20);
    evc_etcd_close(etcd);
}
END_TEST

/* --- what a verification stores anew --- */

START_TEST(a_verification_that_stored_all_anew_lets_the_next_one_prove_it)
{
    verify(ENVCRYPT_OUTCOME_CONTRADICTED, "verify once more");
    ck_assert_uint_eq(toy.rewrites, 6);
    verify(ENVCRYPT_OUTCOME_PROVEN, "6 objects");
    run();
    ck_assert_int_eq(toy_report->mode, ENVCRYPT_REENCRYPT_REWRITE);
}
END_TEST

START_TEST(it_takes_the_place_of_a_run_from_before_the_change)
{
    toy.blind = true;
    run();
    ck_assert_int_eq(toy_report->mode, ENVCRYPT_REENCRYPT_ANNOTATE);
    toy.blind = false;
    for (size_t i = 0; i < toy.count; i++)
        toy.objects[i].stale = true;
    wait_minutes(30);
    toy_set("since", LATER);
    toy_set("mode", "rewrite");
    verify(ENVCRYPT_OUTCOME_CONTRADICTED, "verify once more");
    toy_set("mode", NULL);
    verify(ENVCRYPT_OUTCOME_PROVEN, "6 objects");
}
END_TEST

START_TEST(without_a_journal_nothing_is_kept_of_it)
{
    toy_set("journal", NULL);
    verify(ENVCRYPT_OUTCOME_CONTRADICTED, "re-encrypt once more");
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "did not show");
}
END_TEST

/* Plain values that came later show nothing of the key. */
START_TEST(what_is_newer_than_what_was_left_alone_is_not_kept)
{
    for (size_t i = 0; i + 1 < toy.count; i++)
        toy.objects[i].stale = false;
    verify(ENVCRYPT_OUTCOME_CONTRADICTED, "re-encrypt once more");
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "did not show");
}
END_TEST

START_TEST(what_was_shown_before_is_not_undone_by_it)
{
    run();
    toy.objects[5].stale = true;
    toy.objects[5].version = ++toy.version;
    verify(ENVCRYPT_OUTCOME_CONTRADICTED, "verify once more");
    verify(ENVCRYPT_OUTCOME_PROVEN, "6 objects");
}
END_TEST

/* A rotation under a key id that stays, with a plain value that is newer than the rest. */
START_TEST(a_run_that_stored_only_newer_plain_values_does_not_show_a_rotation)
{
    for (size_t i = 0; i + 1 < toy.count; i++)
        toy.objects[i].stale = false;
    toy_set("mode", "rewrite");
    run();
    ck_assert_uint_eq(toy.rewrites, 1);
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "may have been plain values");
    toy_set("mode", "annotate");
    run();
    toy_set("mode", "rewrite");
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "did not show");
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "option restarted");
}
END_TEST

/* The same with plain values that are older than the rest, where the order tells nothing. */
START_TEST(a_run_that_stored_only_older_plain_values_does_not_show_a_rotation)
{
    for (size_t i = 2; i < toy.count; i++)
        toy.objects[i].stale = false;
    toy_set("mode", "rewrite");
    run();
    ck_assert_uint_eq(toy.rewrites, 2);
    ck_assert_int_eq(toy_report->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "may have been plain values");
    toy_set("mode", "annotate");
    run();
    toy_set("mode", "rewrite");
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "did not show");
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "option restarted");
}
END_TEST

/* The run knew of no change; the verification does. */
START_TEST(nor_does_one_to_which_the_change_was_not_told)
{
    for (size_t i = 2; i < toy.count; i++)
        toy.objects[i].stale = false;
    toy_set("since", NULL);
    toy_set("mode", "rewrite");
    run();
    toy_set("mode", "annotate");
    run();
    toy_set("mode", "rewrite");
    toy_set("since", BEFORE);
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "did not show");
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "option restarted");
}
END_TEST

START_TEST(nor_does_a_verification_that_stored_only_those)
{
    for (size_t i = 2; i < toy.count; i++)
        toy.objects[i].stale = false;
    verify(ENVCRYPT_OUTCOME_CONTRADICTED, "re-encrypt once more");
    toy_set("mode", "annotate");
    run();
    toy_set("mode", "rewrite");
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "did not show");
    verify_values("arn", ENVCRYPT_OUTCOME_NOT_PROVEN, "option restarted");
}
END_TEST

/* What was written since the change may be left alone: it is current. */
START_TEST(what_is_left_alone_of_after_the_change_takes_nothing_from_what_was_shown)
{
    for (size_t i = 2; i < toy.count; i++)
        toy.objects[i].stale = false;
    toy.written_ms = KUBE_WALL - 1000;
    toy_set("mode", "rewrite");
    run();
    ck_assert_int_eq(toy_report->outcome, ENVCRYPT_OUTCOME_PROVEN);
    verify(ENVCRYPT_OUTCOME_PROVEN, "6 objects");
}
END_TEST

/* One that was written under the old key after the run began, by an API server that lags. */
static bool
lag_in_the_second_pass(const kube_request *r, kube_step *s)
{
    (void)s;
    if (toy.rewrites == 6 && strstr(r->url, "/secrets?") && !toy.objects[0].stale) {
        toy.objects[0].stale = true;
        toy.objects[0].version = ++toy.version;
    }
    return false;
}

START_TEST(an_api_server_that_lagged_leaves_what_the_first_pass_showed)
{
    toy_set("mode", "rewrite");
    toy.at = lag_in_the_second_pass;
    run();
    ck_assert_uint_eq(toy.rewrites, 7);
    ck_assert_ptr_nonnull(strstr(toy_report->outcome_reason, "may not agree"));
    verify(ENVCRYPT_OUTCOME_PROVEN, "6 objects");
}
END_TEST

START_TEST(where_the_journal_cannot_be_written_a_note_says_so)
{
    evc_io_reset();
    evc_io_fail("write", 0, ENOSPC);
    verify(ENVCRYPT_OUTCOME_CONTRADICTED, "re-encrypt once more");
    evc_io_reset();
    ck_assert(notes("could not keep what this verification showed"));
}
END_TEST

static int
verify_stale_quietly(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < toy.count; i++)
        toy.objects[i].stale = true;
    return verify_quietly(NULL);
}

START_TEST(survives_any_failed_allocation_of_a_pass)
{
    ck_assert_uint_gt(evc_alloc_sweep(verify_stale_quietly, NULL), 20);
}
END_TEST

static bool
expire_once(const kube_request *r, kube_step *s)
{
    static bool done;

    if (toy.lists == 0)
        done = false;
    if (done || !strstr(r->url, "continue="))
        return false;
    done = true;
    toy_status(s, 410, "Expired"); /* without a token to go on with */
    return true;
}

START_TEST(list_that_grows_too_old_is_counted_from_its_beginning)
{
    evc_etcd *etcd;

    run();
    etcd = dump("key-1");
    toy_add("c", "not-in-etcd", false)->version = 1;
    toy_set("page", "2");
    toy.lists = 0;
    toy.at = expire_once;
    verify_by(etcd, ENVCRYPT_OUTCOME_NOT_PROVEN, "has 7 objects");
    evc_etcd_close(etcd);
}
END_TEST

static bool
expire_always(const kube_request *r, kube_step *s)
{
    if (!strstr(r->url, "continue="))
        return false;
    toy_status(s, 410, "Expired");
    return true;
}

START_TEST(list_that_grows_too_old_each_time_ends_it)
{
    evc_error *err = NULL;
    evc_etcd *etcd;

    run();
    etcd = dump("key-1");
    toy_set("page", "2");
    toy.at = expire_always;
    evc_reencrypt_report_free(toy_report);
    toy_report = NULL;
    EVC_CHECK_CODE(evc_reencrypt_verify(k.kube, &toy_options, etcd, NULL, NULL, &k.wait,
                                        &toy_report, &err),
                   ENVCRYPT_E_KUBE_EXPIRED);
    ck_assert_int_eq(toy_report->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    evc_error_free(err);
    evc_etcd_close(etcd);
}
END_TEST

START_TEST(named_objects_that_are_not_there_are_told)
{
    evc_etcd *etcd;

    evc_folder_put("names", "a/s-00\na/s-01\n", 0600);
    toy_set("names-file", evc_folder_path("names"));
    run();
    ck_assert(!notes("not found"));
    evc_folder_put("names", "a/s-00\na/misspelt\n", 0600);
    toy_set("journal", NULL);
    toy_set("names-file", evc_folder_path("names"));
    toy.objects[0].stale = true;
    run();
    ck_assert(notes("1 of the 2 objects"));
    verify(ENVCRYPT_OUTCOME_NOT_PROVEN, "");
    ck_assert(notes("1 of the 2 objects"));
    etcd = dump("key-1");
    verify_by(etcd, ENVCRYPT_OUTCOME_NOT_PROVEN, "");
    ck_assert(notes("1 of the 2 objects"));
    evc_etcd_close(etcd);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        after_a_run_it_is_proven,
        without_the_time_of_the_change_it_is_not,
        without_the_journal_it_is_not,
        after_a_rotation_that_the_server_does_not_see_an_empty_pass_proves_nothing,
        something_stale_contradicts,
        annotations_are_compared_with_the_change,
        one_that_was_not_annotated_contradicts,
        a_verification_of_annotations_writes_nothing,
        the_mode_of_a_migration_is_verified_by_patches,
        without_the_right_to_patch_it_says_that_etcd_needs_none,
        stored_values_prove,
        a_key_id_that_stays_is_proven_after_a_restart,
        a_run_before_the_restart_is_no_base_for_it,
        times_of_objects_after_the_restart_are_as_good_as_a_run,
        without_etcd_a_restart_proves_nothing,
        a_data_key_that_was_read_before_the_change_contradicts,
        what_was_read_before_a_change_is_there_after_two_changes,
        what_was_shown_under_a_key_id_of_before_proves_nothing,
        a_key_id_that_was_not_there_before_is_proven_whatever_was_shown,
        of_a_part_of_the_objects_no_key_id_is_known_to_be_new,
        what_was_read_of_a_server_that_has_more_is_not_kept,
        a_journal_that_cannot_be_written_takes_nothing_from_the_outcome,
        survives_any_failed_allocation,
        a_verification_that_stored_all_anew_lets_the_next_one_prove_it,
        it_takes_the_place_of_a_run_from_before_the_change,
        without_a_journal_nothing_is_kept_of_it,
        what_is_newer_than_what_was_left_alone_is_not_kept,
        what_was_shown_before_is_not_undone_by_it,
        a_run_that_stored_only_newer_plain_values_does_not_show_a_rotation,
        a_run_that_stored_only_older_plain_values_does_not_show_a_rotation,
        nor_does_one_to_which_the_change_was_not_told,
        nor_does_a_verification_that_stored_only_those,
        what_is_left_alone_of_after_the_change_takes_nothing_from_what_was_shown,
        an_api_server_that_lagged_leaves_what_the_first_pass_showed,
        where_the_journal_cannot_be_written_a_note_says_so,
        survives_any_failed_allocation_of_a_pass,
        a_plain_value_contradicts,
        only_values_that_are_selected_are_judged,
        with_labels_a_value_of_any_object_does_not_contradict,
        a_dump_from_before_proves_nothing,
        another_prefix_has_nothing,
        etcd_of_somebody_else_proves_nothing,
        where_the_server_cannot_read_an_object_nothing_is_proven,
        list_that_grows_too_old_is_counted_from_its_beginning,
        list_that_grows_too_old_each_time_ends_it,
        named_objects_that_are_not_there_are_told};
    TCase *tcase = tcase_create("verify");

    tcase_add_checked_fixture(tcase, set_up, toy_tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("verify", add_tests)
