/* SPDX-License-Identifier: Apache-2.0 */
#include "api/cloud.h"

#include "evc-check.h"

static size_t
count(void)
{
    const evc_backend *const *backends = evc_cloud_backends();
    size_t n = 0;

    while (backends[n])
        n++;
    return n;
}

START_TEST(each_has_all_that_a_uri_needs)
{
    for (size_t i = 0; i < count(); i++) {
        const evc_backend *backend = evc_cloud_backends()[i];

        ck_assert_ptr_nonnull(backend->scheme);
        ck_assert(backend->open && backend->close && backend->claims && backend->start);
    }
}
END_TEST

START_TEST(schemes_are_unique)
{
    for (size_t i = 0; i < count(); i++) {
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(evc_cloud_backends()[i]->scheme,
                             evc_cloud_backends()[j]->scheme);
    }
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {each_has_all_that_a_uri_needs, schemes_are_unique,
                                  NULL};

    evc_check_add(suite, "cloud", tests);
}

EVC_TEST_MAIN("cloud", add_tests)
