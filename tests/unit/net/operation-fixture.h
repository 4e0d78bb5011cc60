/* SPDX-License-Identifier: Apache-2.0 */
/* One operation over the scripted network, for the tests of the driver. */
#ifndef EVC_TESTS_OPERATION_FIXTURE_H
#define EVC_TESTS_OPERATION_FIXTURE_H

#include "scripted-net.h"

static evc_operation op;
static evc_error *err;

static inline void
set_up(void)
{
    script_set_up();
    evc_operation_init(&op, &toy_kind, t.peer, NULL);
    op.subject = "key-1";
    err = NULL;
}

static inline void
tear_down(void)
{
    evc_operation_reset(&op);
    evc_error_free(err);
    script_tear_down();
}

static inline int
run(void)
{
    return evc_operation_run(&op, &t.wait, &err);
}

static inline const char *
message(void)
{
    return evc_error_message(err);
}

static inline void
check_mentions(const char *text)
{
    ck_assert_msg(strstr(message(), text), "\"%s\" is not in \"%s\"", text, message());
}

static inline int
tokens(void)
{
    return atomic_load(&t.peer->bucket.tokens);
}

static inline void
set_deadline(int64_t timeout_ms)
{
    evc_wait_release(&t.wait);
    evc_wait_init(&t.wait, &t.env->clock, timeout_ms);
}

#define DAY INT64_C(86400000)

static inline void
add_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#define ADD(name, ...) add_case(suite, name, (const TTest *const[]){__VA_ARGS__, NULL})
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

#endif
