/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_check.h"

#include "evc-alloc.h"
#include "journal-fixture.h"

static evc_stored_check c;
static evc_stored_facts f;
static evc_reencrypt_report *r;

static void
begin(void)
{
    evc_stored_check_init(&c, crypto);
    f = (evc_stored_facts){.since_ms = 1000, .bound = -1, .served = -1};
    EVC_CHECK_OK(evc_reencrypt_report_new(&r, NULL));
}

static void
end(void)
{
    evc_reencrypt_report_free(r);
}

/* A value of KMS v2 (kubernetes.md 3.1): data, key id, seed. */
static void
put_v2(evc_buf *out, const char *key_id)
{
    evc_buf_put_text(out, "k8s:enc:kms:v2:plugin:");
    evc_buf_put_u8(out, 0x0a);
    evc_buf_put_u8(out, 64);
    for (int i = 0; i < 64; i++)
        evc_buf_put_u8(out, 'd');
    evc_buf_put_u8(out, 0x12);
    evc_buf_put_u8(out, (uint8_t)strlen(key_id));
    evc_buf_put_text(out, key_id);
    evc_buf_put_text(out, "\x1a\x04seed");
    evc_buf_put_text(out, "\x28\x01");
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
        put_v2(&value, key);
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

START_TEST(no_value_proves_nothing)
{
    begin();
    NOT_PROVEN("no value");
    end();
}
END_TEST

static int
add_all(void *unused)
{
    int rc;

    (void)unused;
    evc_stored_check_init(&c, crypto);
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
        no_value_proves_nothing,
        survives_any_failed_allocation,
        NULL};

    add_case(suite, "stored_check", all);
}

EVC_TEST_MAIN("stored_check", add_tests)
