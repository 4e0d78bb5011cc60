/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_check.h"

#include "evc-alloc.h"
#include "journal-fixture.h"
#include "kms_v2-value.h"

static evc_stored_check c;
static evc_stored_facts f;
static evc_reencrypt_report *r;
static evc_kube_reading before; /* what was read before the change */
static const char *seed;        /* wrapped, of what is added */

static void
begin_with(const evc_kube_reading *reading)
{
    evc_stored_check_init(&c, crypto, reading);
    f = (evc_stored_facts){.since_ms = 1000,
                           .whole = true,
                           .bound = -1,
                           .restarted_ms = -1,
                           .restarted_bound = -1,
                           .served = -1,
                           .objects = 1};
    seed = "seed";
    EVC_CHECK_OK(evc_reencrypt_report_new(&r, NULL));
}

static void
begin(void)
{
    begin_with(NULL);
}

static void
end(void)
{
    evc_reencrypt_report_free(r);
}

static void
put_v1(evc_buf *out)
{
    evc_buf_put_text(out, "k8s:enc:kms:v1:plugin:");
    evc_buf_put_u16(out, 4);
    evc_buf_put_text(out, "wrap");
    for (int i = 0; i < 64; i++)
        evc_buf_put_u8(out, 'd');
}

/* key: an id of KMS v2, "v1", "plain", or "damaged". */
static int
add_quietly(const char *name, const char *key, int64_t revision)
{
    evc_buf value;
    int rc;

    evc_buf_init(&value);
    if (strcmp(key, "plain") == 0)
        evc_buf_put(&value, "k8s\0secret", 10);
    else if (strcmp(key, "damaged") == 0)
        evc_buf_put_text(&value, "k8s:enc:kms:v2:plugin:\x0a\x7f");
    else if (strcmp(key, "v1") == 0)
        put_v1(&value);
    else
        put_kms_v2(&value, key, seed);
    rc = value.failed
             ? ENVCRYPT_E_NOMEM
             : evc_stored_check_add(&c, name, evc_buf_view(&value), revision, NULL);
    evc_buf_reset(&value);
    return rc;
}

static void
add(const char *name, const char *key, int64_t revision)
{
    EVC_CHECK_OK(add_quietly(name, key, revision));
}

static void
check(int32_t outcome, const char *word)
{
    evc_stored_check_conclude(&c, &f, r);
    ck_assert_msg(r->outcome == outcome, "%d: %s", r->outcome, r->outcome_reason);
    ck_assert_msg(strstr(r->outcome_reason, word) != NULL, "%s", r->outcome_reason);
}
#define PROVEN(word) check(ENVCRYPT_OUTCOME_PROVEN, word)
#define NOT_PROVEN(word) check(ENVCRYPT_OUTCOME_NOT_PROVEN, word)
#define CONTRADICTED(word) check(ENVCRYPT_OUTCOME_CONTRADICTED, word)

START_TEST(all_under_the_key_to_which_the_server_went_over_is_proven)
{
    begin();
    add("a/one", "key-2", 51);
    add("a/two", "key-2", 60);
    f.shown = true;
    f.bound = 50;
    PROVEN("key-2");
    end();
}
END_TEST

/* What was stale may have been a plain value, under a key id that stays. */
START_TEST(a_server_that_saw_something_stale_may_not_see_a_rotation)
{
    begin();
    add("a/not-seen", "arn", 10);
    add("a/was-plain", "arn", 60);
    f.shown = true;
    f.bound = 50;
    NOT_PROVEN("after the change");
    f.annotated = true;
    NOT_PROVEN("after the change");
    end();
}
END_TEST

START_TEST(keys_of_a_provider_that_is_not_known_are_not_told_apart)
{
    begin();
    EVC_CHECK_OK(evc_stored_check_add(
        &c, "a/one", evc_view_text("k8s:enc:new:v1:key-1:text"), 60, NULL));
    EVC_CHECK_OK(evc_stored_check_add(
        &c, "a/two", evc_view_text("k8s:enc:new:v1:key-2:text"), 61, NULL));
    f.shown = true;
    f.bound = 50;
    NOT_PROVEN("told apart");
    end();
}
END_TEST

START_TEST(a_plain_value_contradicts_with_its_name)
{
    begin();
    add("a/one", "key-2", 60);
    add("a/plain", "plain", 5);
    f.shown = true;
    CONTRADICTED("a/plain");
    end();
}
END_TEST

START_TEST(an_older_key_id_contradicts_with_its_name)
{
    begin();
    add("a/old", "key-1", 5);
    add("a/new", "key-2", 60);
    f.shown = true;
    CONTRADICTED("a/old");
    ck_assert_ptr_nonnull(strstr(r->outcome_reason, "key-1"));
    end();
}
END_TEST

START_TEST(a_damaged_value_contradicts)
{
    begin();
    add("a/one", "key-2", 60);
    add("a/damaged", "damaged", 61);
    CONTRADICTED("a/damaged");
    end();
}
END_TEST

START_TEST(more_kinds_than_are_kept_contradict_still)
{
    char key[16];

    begin();
    for (unsigned i = 0; i < EVC_STORED_KINDS + 3; i++) {
        (void)snprintf(key, sizeof(key), "key-%u", i);
        add("a/one", key, i);
    }
    ck_assert_uint_eq(c.kind_count, EVC_STORED_KINDS);
    ck_assert_uint_eq(c.others, 3);
    CONTRADICTED("a/one");
    end();
}
END_TEST

START_TEST(without_the_time_of_the_change_nothing_is_proven)
{
    begin();
    add("a/one", "key-2", 60);
    f.since_ms = -1;
    f.shown = true;
    NOT_PROVEN("since");
    end();
}
END_TEST

START_TEST(a_key_id_that_stays_proves_nothing_of_seeds)
{
    begin();
    add("a/one", "arn", 60);
    f.bound = 50;
    NOT_PROVEN("restart");
    end();
}
END_TEST

START_TEST(data_keys_of_v1_are_as_new_as_their_values)
{
    begin();
    add("a/one", "v1", 60);
    f.bound = 50;
    PROVEN("kms v1");
    end();
}
END_TEST

START_TEST(a_value_that_the_annotating_run_missed_contradicts)
{
    begin();
    add("a/one", "v1", 60);
    add("a/missed", "v1", 40);
    f.bound = 50;
    f.annotated = true;
    CONTRADICTED("a/missed");
    f.annotated = false;
    NOT_PROVEN("after the change");
    end();
}
END_TEST

START_TEST(a_value_at_the_bound_is_from_before)
{
    begin();
    add("a/one", "v1", 50);
    f.bound = 50;
    NOT_PROVEN("after the change");
    end();
    begin();
    add("a/one", "v1", 51);
    f.bound = 50;
    PROVEN("1 values");
    end();
}
END_TEST

START_TEST(where_nothing_new_is_left_the_current_key_does_not_show)
{
    begin();
    add("a/one", "v1", 50);
    f.shown = true;
    f.bound = 50;
    NOT_PROVEN("nothing is left");
    end();
}
END_TEST

START_TEST(without_a_bound_nothing_is_proven)
{
    begin();
    add("a/one", "v1", 60);
    NOT_PROVEN("journal");
    f.shown = true;
    NOT_PROVEN("journal");
    end();
}
END_TEST

START_TEST(values_that_are_older_than_the_server_prove_nothing)
{
    begin();
    add("a/one", "key-2", 60);
    f.shown = true;
    f.bound = 50;
    f.served = 61;
    NOT_PROVEN("older");
    f.served = 60;
    PROVEN("key-2");
    end();
}
END_TEST

START_TEST(fewer_values_than_objects_prove_nothing)
{
    begin();
    add("a/one", "key-2", 60);
    f.shown = true;
    f.bound = 50;
    f.objects = 2;
    NOT_PROVEN("prefix");
    f.objects = 1;
    PROVEN("key-2");
    end();
}
END_TEST

START_TEST(values_without_the_newest_object_are_of_another_etcd)
{
    begin();
    add("a/one", "key-2", 60);
    f.shown = true;
    f.bound = 50;
    f.served = 55;
    f.objects = 1;
    (void)snprintf(f.newest_name, sizeof(f.newest_name), "a/other");
    NOT_PROVEN("a/other");
    f.newest_found = true;
    PROVEN("key-2");
    end();
}
END_TEST

/* A dump of before the run says nothing of what is stored now, whatever it has. */
START_TEST(values_of_another_time_or_place_do_not_contradict)
{
    begin();
    add("a/plain", "plain", 5);
    add("a/damaged", "damaged", 6);
    add("a/old", "key-1", 7);
    add("a/new", "key-2", 60);
    f.served = 61;
    NOT_PROVEN("older");
    f.served = 60;
    (void)snprintf(f.newest_name, sizeof(f.newest_name), "a/other");
    NOT_PROVEN("a/other");
    f.newest_found = true;
    CONTRADICTED("a/plain");
    end();
}
END_TEST

START_TEST(values_without_any_object_are_of_another_etcd)
{
    begin();
    add("a/one", "key-2", 60);
    f.shown = true;
    f.bound = 50;
    f.objects = 0;
    NOT_PROVEN("none of the objects");
    f.objects = 1;
    PROVEN("key-2");
    end();
}
END_TEST

START_TEST(where_not_all_could_be_listed_nothing_is_proven)
{
    evc_kube_reading kept;

    begin();
    add("a/one", "key-2", 60);
    f.shown = true;
    f.bound = 50;
    f.unlisted = true;
    NOT_PROVEN("cannot read all");
    ck_assert(!evc_stored_check_reading(&c, &f, 500, &kept));
    f.objects = 0;
    NOT_PROVEN("cannot read all");
    add("a/damaged", "damaged", 61);
    CONTRADICTED("a/damaged");
    end();
}
END_TEST

START_TEST(no_value_proves_nothing)
{
    begin();
    NOT_PROVEN("no value");
    end();
}
END_TEST

/* --- API servers that were restarted --- */

/* A key id that stays, of values that were stored after a change and after restarts. */
static void
begin_restarted(int64_t oldest)
{
    begin();
    add("a/one", "arn", 70);
    add("a/two", "arn", oldest);
    f.bound = 50;
    f.restarted_ms = 2000;
    f.restarted_bound = 55;
}

START_TEST(values_of_restarted_servers_prove_under_a_key_id_that_stays)
{
    begin_restarted(56);
    PROVEN("restarted");
    ck_assert_ptr_nonnull(strstr(r->outcome_reason, "1970-01-01T00:00:02Z"));
    end();
}
END_TEST

START_TEST(a_value_at_the_restart_is_from_before_it)
{
    begin_restarted(55);
    NOT_PROVEN("had been restarted");
    end();
}
END_TEST

START_TEST(where_nothing_is_known_to_be_stored_after_the_restart_it_proves_nothing)
{
    begin_restarted(56);
    f.restarted_bound = -1;
    NOT_PROVEN("had been restarted");
    end();
}
END_TEST

START_TEST(restarts_make_no_key_of_another_provider_newer)
{
    begin();
    EVC_CHECK_OK(evc_stored_check_add(
        &c, "a/one",
        evc_view_text("k8s:enc:aesgcm:v1:key1:0123456789abcdef0123456789abcdef"), 60,
        NULL));
    f.bound = 50;
    f.restarted_ms = 2000;
    f.restarted_bound = 55;
    NOT_PROVEN("did not go over");
    end();
}
END_TEST

START_TEST(without_a_restart_the_sentence_asks_for_one)
{
    begin_restarted(56);
    f.restarted_ms = -1;
    NOT_PROVEN("(option restarted)");
    end();
}
END_TEST

/* --- what was read before --- */

/* Reads values of one key and seed, before the change. */
static void
read_before(const char *key, const char *wrapped)
{
    begin();
    seed = wrapped;
    add("a/one", key, 10);
    ck_assert(evc_stored_check_reading(&c, &f, 500, &before));
    end();
}

START_TEST(a_data_key_that_was_in_use_before_the_change_contradicts)
{
    read_before("arn", "old");
    begin_with(&before);
    seed = "new";
    add("a/new", "arn", 61);
    seed = "old";
    add("a/lagging", "arn", 60);
    f.bound = 50;
    f.shown = true;
    CONTRADICTED("a/lagging");
    ck_assert_ptr_nonnull(strstr(r->outcome_reason, "restart"));
    end();
}
END_TEST

START_TEST(nor_does_a_restart_that_is_told_excuse_it)
{
    read_before("arn", "old");
    begin_with(&before);
    seed = "old";
    add("a/lagging", "arn", 60);
    f.bound = 50;
    f.restarted_ms = 2000;
    f.restarted_bound = 55;
    CONTRADICTED("a/lagging");
    end();
}
END_TEST

START_TEST(old_data_keys_in_values_of_another_time_contradict_nothing)
{
    read_before("arn", "old");
    begin_with(&before);
    seed = "old";
    add("a/one", "arn", 60);
    f.served = 61;
    NOT_PROVEN("older than what the API server has");
    end();
}
END_TEST

START_TEST(a_key_id_that_was_in_use_before_did_not_come_with_the_change)
{
    read_before("arn", "old");
    begin_with(&before);
    seed = "new";
    add("a/one", "arn", 60);
    f.bound = 50;
    f.shown = true;
    NOT_PROVEN("before the change already");
    ck_assert_ptr_nonnull(strstr(r->outcome_reason, "(option restarted)"));
    f.restarted_ms = 2000;
    f.restarted_bound = 55;
    PROVEN("restarted");
    end();
}
END_TEST

START_TEST(where_the_key_id_was_in_use_before_what_annotations_missed_contradicts)
{
    read_before("arn", "old");
    begin_with(&before);
    seed = "new";
    add("a/one", "arn", 60);
    add("a/missed", "arn", 40);
    f.bound = 50;
    f.shown = true;
    f.annotated = true;
    CONTRADICTED("a/missed");
    end();
}
END_TEST

START_TEST(another_key_id_before_the_change_leaves_what_was_shown)
{
    read_before("key-1", "old");
    before.complete = false;
    begin_with(&before);
    add("a/one", "key-2", 60);
    f.bound = 50;
    f.shown = true;
    PROVEN("went over");
    end();
}
END_TEST

START_TEST(a_key_id_that_no_value_had_before_the_change_came_with_it)
{
    read_before("key-1", "old");
    begin_with(&before);
    add("a/one", "key-2", 60);
    f.bound = 50;
    PROVEN("none was under it");
    end();
}
END_TEST

START_TEST(it_came_with_the_change_from_plain_values_too)
{
    read_before("plain", "");
    begin_with(&before);
    add("a/one", "key-1", 60);
    f.bound = 50;
    PROVEN("none was under it");
    end();
}
END_TEST

START_TEST(values_that_nothing_tells_the_time_of_are_not_proven_by_a_new_key_id)
{
    read_before("key-1", "old");
    begin_with(&before);
    add("a/one", "key-2", 60);
    add("a/two", "key-2", 50);
    f.bound = 50;
    NOT_PROVEN("after the change");
    end();
}
END_TEST

START_TEST(an_incomplete_reading_tells_of_no_key_that_it_lacks)
{
    read_before("key-1", "old");
    before.complete = false;
    begin_with(&before);
    add("a/one", "key-2", 60);
    f.bound = 50;
    NOT_PROVEN("nothing tells that its key id changed");
    end();
}
END_TEST

START_TEST(nor_does_one_after_which_a_run_was_made_before_the_change)
{
    read_before("key-1", "old");
    begin_with(&before);
    add("a/one", "key-2", 60);
    f.bound = 50;
    before.next_ms = 999;
    NOT_PROVEN("nothing tells that its key id changed");
    before.next_ms = 1000;
    PROVEN("none was under it");
    end();
}
END_TEST

/* --- what is kept of a reading --- */

static const evc_kube_reading *
reading(void)
{
    static evc_kube_reading kept;

    ck_assert(evc_stored_check_reading(&c, &f, 500, &kept));
    return &kept;
}

START_TEST(a_reading_has_its_kinds_and_data_keys)
{
    const evc_kube_reading *kept;

    begin();
    add("a/one", "key-1", 1);
    add("a/two", "key-1", 2);
    seed = "other";
    add("a/three", "key-1", 3);
    add("a/four", "v1", 4);
    add("a/five", "plain", 5);
    kept = reading();
    ck_assert_int_eq(kept->read_ms, 500);
    ck_assert_int_eq(kept->next_ms, -1);
    ck_assert(kept->complete);
    ck_assert_uint_eq(kept->kind_count, 3);
    ck_assert_uint_eq(kept->dek_count, 2);
    end();
}
END_TEST

START_TEST(a_reading_is_complete_only_with_every_value)
{
    char key[16];

    begin();
    add("a/one", "key-1", 1);
    f.whole = false;
    ck_assert(!reading()->complete);
    f.whole = true;
    ck_assert(reading()->complete);
    add("a/damaged", "damaged", 1);
    ck_assert(!reading()->complete);
    end();
    begin();
    for (unsigned i = 0; i <= EVC_READING_KINDS; i++) {
        ck_assert(i == 0 || reading()->complete);
        (void)snprintf(key, sizeof(key), "key-%u", i);
        add("a/one", key, i);
    }
    ck_assert(!reading()->complete);
    ck_assert_uint_eq(reading()->kind_count, EVC_READING_KINDS);
    end();
}
END_TEST

START_TEST(of_many_data_keys_those_used_last_are_kept)
{
    char wrapped[16];
    evc_kube_reading kept;

    begin();
    seed = wrapped;
    for (unsigned i = 0; i <= EVC_READING_DEKS; i++) {
        (void)snprintf(wrapped, sizeof(wrapped), "seed-%u", i);
        add("a/one", "key-1", 100 + (int64_t)i);
        if (i == EVC_READING_DEKS - 1)
            ck_assert_uint_eq(reading()->dek_count, EVC_READING_DEKS);
    }
    (void)snprintf(wrapped, sizeof(wrapped), "older");
    add("a/one", "key-1", 1);
    kept = *reading();
    end();
    ck_assert_uint_eq(kept.dek_count, EVC_READING_DEKS);
    for (unsigned i = 0; i <= EVC_READING_DEKS + 1; i++) {
        begin_with(&kept);
        seed = wrapped;
        if (i <= EVC_READING_DEKS)
            (void)snprintf(wrapped, sizeof(wrapped), "seed-%u", i);
        else
            (void)snprintf(wrapped, sizeof(wrapped), "older");
        add("a/one", "key-1", 200);
        ck_assert_uint_eq(c.old, i > 0 && i <= EVC_READING_DEKS);
        end();
    }
}
END_TEST

START_TEST(nothing_is_kept_of_values_that_may_be_of_another_cluster)
{
    evc_kube_reading kept;

    begin();
    ck_assert(!evc_stored_check_reading(&c, &f, 500, &kept));
    add("a/one", "key-1", 60);
    f.objects = 2;
    ck_assert(!evc_stored_check_reading(&c, &f, 500, &kept));
    f.objects = 1;
    f.served = 61;
    ck_assert(!evc_stored_check_reading(&c, &f, 500, &kept));
    f.served = 60;
    (void)snprintf(f.newest_name, sizeof(f.newest_name), "a/other");
    ck_assert(!evc_stored_check_reading(&c, &f, 500, &kept));
    f.newest_found = true;
    ck_assert(evc_stored_check_reading(&c, &f, 500, &kept));
    end();
}
END_TEST

static int
add_all(void *unused)
{
    int rc;

    (void)unused;
    seed = "seed";
    evc_stored_check_init(&c, crypto, NULL);
    rc = add_quietly("a/one", "key-2", 60);
    return rc ? rc : add_quietly("a/two", "v1", 61);
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(add_all, NULL), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        all_under_the_key_to_which_the_server_went_over_is_proven,
        a_server_that_saw_something_stale_may_not_see_a_rotation,
        keys_of_a_provider_that_is_not_known_are_not_told_apart,
        a_plain_value_contradicts_with_its_name,
        an_older_key_id_contradicts_with_its_name,
        a_damaged_value_contradicts,
        more_kinds_than_are_kept_contradict_still,
        without_the_time_of_the_change_nothing_is_proven,
        a_key_id_that_stays_proves_nothing_of_seeds,
        data_keys_of_v1_are_as_new_as_their_values,
        a_value_that_the_annotating_run_missed_contradicts,
        a_value_at_the_bound_is_from_before,
        where_nothing_new_is_left_the_current_key_does_not_show,
        without_a_bound_nothing_is_proven,
        values_that_are_older_than_the_server_prove_nothing,
        fewer_values_than_objects_prove_nothing,
        values_without_the_newest_object_are_of_another_etcd,
        values_of_another_time_or_place_do_not_contradict,
        values_without_any_object_are_of_another_etcd,
        where_not_all_could_be_listed_nothing_is_proven,
        no_value_proves_nothing,
        values_of_restarted_servers_prove_under_a_key_id_that_stays,
        a_value_at_the_restart_is_from_before_it,
        where_nothing_is_known_to_be_stored_after_the_restart_it_proves_nothing,
        restarts_make_no_key_of_another_provider_newer,
        without_a_restart_the_sentence_asks_for_one,
        a_data_key_that_was_in_use_before_the_change_contradicts,
        nor_does_a_restart_that_is_told_excuse_it,
        old_data_keys_in_values_of_another_time_contradict_nothing,
        a_key_id_that_was_in_use_before_did_not_come_with_the_change,
        where_the_key_id_was_in_use_before_what_annotations_missed_contradicts,
        another_key_id_before_the_change_leaves_what_was_shown,
        a_key_id_that_no_value_had_before_the_change_came_with_it,
        it_came_with_the_change_from_plain_values_too,
        values_that_nothing_tells_the_time_of_are_not_proven_by_a_new_key_id,
        an_incomplete_reading_tells_of_no_key_that_it_lacks,
        nor_does_one_after_which_a_run_was_made_before_the_change,
        a_reading_has_its_kinds_and_data_keys,
        a_reading_is_complete_only_with_every_value,
        of_many_data_keys_those_used_last_are_kept,
        nothing_is_kept_of_values_that_may_be_of_another_cluster,
        survives_any_failed_allocation,
        NULL};

    add_case(suite, "stored_check", all);
}

EVC_TEST_MAIN("stored_check", add_tests)
