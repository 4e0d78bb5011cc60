/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "base/fork.h"
#include "evc-check.h"
#include "evc-child.h"

#define THREADS 8

START_TEST(generation_stays_in_one_process)
{
    uint64_t first = evc_fork_generation();

    ck_assert_uint_eq(evc_fork_generation(), first);
}
END_TEST

START_TEST(generation_is_never_zero)
{
    ck_assert_uint_ne(evc_fork_generation(), 0);
}
END_TEST

static int
is_higher(void *user)
{
    const uint64_t *parent = user;

    return evc_fork_generation() > *parent ? 0 : 1;
}

START_TEST(child_has_a_higher_generation)
{
    uint64_t mine = evc_fork_generation();

    EVC_CHECK_CHILD(is_higher, &mine);
}
END_TEST

START_TEST(parent_keeps_its_generation)
{
    uint64_t mine = evc_fork_generation();

    EVC_CHECK_CHILD(is_higher, &mine);
    ck_assert(evc_fork_is_current(mine));
}
END_TEST

typedef struct ancestors {
    uint64_t generations[6];
    int count;
} ancestors;

/* Each descendant knows none of the numbers of those before it, and forks the next. */
static int
descend(void *user)
{
    ancestors *a = user;
    int status;

    for (int i = 0; i < a->count; i++) {
        if (evc_fork_is_current(a->generations[i]))
            return 1;
    }
    a->generations[a->count++] = evc_fork_generation();
    if (a->count == 6)
        return 0;
    status = evc_child_status(descend, a);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

START_TEST(no_descendant_takes_an_ancestor_for_itself)
{
    ancestors a = {.count = 0};

    EVC_CHECK_CHILD(descend, &a);
}
END_TEST

/* The grandchild is the first to look: its parent never asked for its number. */
static int
fork_without_looking(void *user)
{
    int status = evc_child_status(is_higher, user);

    return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

START_TEST(grandchild_of_a_child_that_never_looked_is_higher)
{
    uint64_t mine = evc_fork_generation();

    EVC_CHECK_CHILD(fork_without_looking, &mine);
}
END_TEST

typedef struct racer {
    pthread_barrier_t *start;
    uint64_t seen;
} racer;

static void *
look(void *user)
{
    racer *r = user;

    pthread_barrier_wait(r->start);
    r->seen = evc_fork_generation();
    return NULL;
}

static int
race(void *user)
{
    const uint64_t *parent = user;
    pthread_barrier_t start;
    pthread_t threads[THREADS];
    racer racers[THREADS];

    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        racers[i] = (racer){.start = &start};
        if (pthread_create(&threads[i], NULL, look, &racers[i]) != 0)
            return 1;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        if (racers[i].seen != evc_fork_generation())
            return 2;
    }
    return racers[0].seen > *parent ? 0 : 3;
}

START_TEST(threads_that_look_first_together_see_one_generation)
{
    uint64_t mine = evc_fork_generation();

    for (int round = 0; round < 50; round++)
        EVC_CHECK_CHILD(race, &mine);
}
END_TEST

static int
check_in_child(void *user)
{
    const uint64_t *parent = user;
    evc_error *err = NULL;
    int rc = evc_fork_check(*parent, "client", &err);
    int bad = 0;

    if (rc != ENVCRYPT_E_FORKED)
        bad = 1;
    else if (!strstr(evc_error_message(err), "client"))
        bad = 2;
    evc_error_free(err);
    return bad;
}

START_TEST(check_names_the_handle_in_a_child)
{
    uint64_t mine = evc_fork_generation();

    EVC_CHECK_CHILD(check_in_child, &mine);
}
END_TEST

START_TEST(check_passes_in_the_own_process)
{
    evc_error *err = NULL;

    EVC_CHECK_OK(evc_fork_check(evc_fork_generation(), "client", &err));
    ck_assert_ptr_null(err);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        generation_stays_in_one_process,
        generation_is_never_zero,
        child_has_a_higher_generation,
        parent_keeps_its_generation,
        no_descendant_takes_an_ancestor_for_itself,
        grandchild_of_a_child_that_never_looked_is_higher,
        threads_that_look_first_together_see_one_generation,
        check_names_the_handle_in_a_child,
        check_passes_in_the_own_process,
        NULL,
    };

    evc_check_add(suite, "fork", tests);
}

EVC_TEST_MAIN("fork", add_tests)
