/* SPDX-License-Identifier: Apache-2.0 */
/* A program of its own, as the hooks of system calls serve one thread only. */
#include "evc-io.h"
#include "kms/local_file.h"
#include "local-fixture.h"

static evc_local_file *file;

static void
begin(void)
{
    evc_io_reset();
    open_local_fixture();
    EVC_CHECK_OK(evc_local_file_open(store->access, store->data, &file, NULL));
}

static void
end(void)
{
    evc_local_file_close(file);
    close_local_fixture();
}

static size_t
versions_now(void)
{
    evc_store_data *data;
    size_t count;

    EVC_CHECK_OK(evc_local_file_get(file, true, &data, NULL));
    count = data->keys[0].count;
    evc_store_data_unref(data);
    return count;
}

static void
rotate_meanwhile(void)
{
    EVC_CHECK_OK(evc_local_file_rotate(file, "k", NULL, NULL));
}

/* The look opened the old file before the rotation replaced it. */
START_TEST(a_look_that_was_overtaken_changes_nothing)
{
    evc_io_before("read", 0, rotate_meanwhile);
    ck_assert_uint_eq(versions_now(), 2);
    evc_io_reset();
    ck_assert_uint_eq(versions_now(), 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("overtaken");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_look_that_was_overtaken_changes_nothing);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("local_file-overtaken", add_tests)
