/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/argon2.h"

#include <sys/resource.h>

#include "base/mem.h"
#include "crypto-fixture.h"
#include "evc-child.h"

#define SALT "0123456789abcdef"

static uint8_t out[32];

static int
derive(const char *passphrase, uint32_t passes, uint32_t memory_kib)
{
    return evc_argon2id(evc_view_text(passphrase), (const uint8_t *)SALT, passes,
                        memory_kib, out, NULL);
}

/* Expected values from the reference implementation's command `argon2 … -id -p 1 -l 32`. */
START_TEST(agrees_with_the_reference_at_the_least_limits)
{
    EVC_CHECK_OK(derive("x", EVC_ARGON2_MIN_PASSES, EVC_ARGON2_MIN_KIB));
    CHECK_HEX(out, "aaac2d6698b36eb63ee13b56e43b13ca25ed8f6b08161163b4d1a81eaaf5fed4");
}
END_TEST

START_TEST(agrees_with_the_reference_with_more_passes)
{
    EVC_CHECK_OK(derive("password", 2, 8192));
    CHECK_HEX(out, "46f624183046236e17a06987901e23b6fed977877090ef49f75675ac94cddd21");
}
END_TEST

START_TEST(agrees_with_the_reference_with_more_memory)
{
    EVC_CHECK_OK(evc_argon2id(evc_view_text("correct horse battery staple"),
                              (const uint8_t *)"saltsaltsaltsalt", 3, 65536, out,
                              NULL));
    CHECK_HEX(out, "6a4ebe4b02cec6bcbad430e30f0d2e0c1059d5cd28e4ea46278a47308fc91210");
}
END_TEST

START_TEST(takes_the_most_passes)
{
    EVC_CHECK_OK(derive("x", EVC_ARGON2_MAX_PASSES, EVC_ARGON2_MIN_KIB));
}
END_TEST

START_TEST(refuses_passes_past_the_limits)
{
    EVC_CHECK_CODE(derive("x", EVC_ARGON2_MIN_PASSES - 1, EVC_ARGON2_MIN_KIB),
                   ENVCRYPT_E_STORE_KDF);
    EVC_CHECK_CODE(derive("x", EVC_ARGON2_MAX_PASSES + 1, EVC_ARGON2_MIN_KIB),
                   ENVCRYPT_E_STORE_KDF);
    EVC_CHECK_CODE(derive("x", UINT32_MAX, EVC_ARGON2_MIN_KIB), ENVCRYPT_E_STORE_KDF);
}
END_TEST

START_TEST(refuses_memory_past_the_limits)
{
    EVC_CHECK_CODE(derive("x", 1, EVC_ARGON2_MIN_KIB - 1), ENVCRYPT_E_STORE_KDF);
    EVC_CHECK_CODE(derive("x", 1, EVC_ARGON2_MAX_KIB + 1), ENVCRYPT_E_STORE_KDF);
    EVC_CHECK_CODE(derive("x", 1, UINT32_MAX), ENVCRYPT_E_STORE_KDF);
}
END_TEST

START_TEST(checks_costs_without_deriving)
{
    EVC_CHECK_OK(evc_argon2_check(EVC_ARGON2_MAX_PASSES, EVC_ARGON2_MAX_KIB, NULL));
    EVC_CHECK_CODE(
        evc_argon2_check(EVC_ARGON2_MAX_PASSES + 1, EVC_ARGON2_MAX_KIB, NULL),
        ENVCRYPT_E_STORE_KDF);
    EVC_CHECK_CODE(evc_argon2_check(1, EVC_ARGON2_MIN_KIB - 1, NULL),
                   ENVCRYPT_E_STORE_KDF);
}
END_TEST

/* What the process maps now, in KiB; a sanitizer's shadow counts too. */
static rlim_t
mapped_kib(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    unsigned long kib = 0;
    char line[128];

    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmData: %lu", &kib) == 1)
            break;
    if (status)
        fclose(status);
    return kib;
}

/* The most memory is accepted, but only half of it is there. */
static int
derive_without_memory(void *user)
{
    rlim_t most = (mapped_kib() + EVC_ARGON2_MAX_KIB / 2) * 1024;
    struct rlimit limit = {most, most};

    (void)user;
    memset(out, 0xA5, sizeof out);
    if (setrlimit(RLIMIT_DATA, &limit))
        return 1;
    if (derive("x", 1, EVC_ARGON2_MAX_KIB) != ENVCRYPT_E_NOMEM)
        return 2;
    return evc_mem_is_zero(out, sizeof out) ? 0 : 3;
}

START_TEST(says_when_the_most_memory_is_not_there)
{
    if (getenv("EVC_VALGRIND"))
        return; /* valgrind dies of the limit itself */
    EVC_CHECK_CHILD(derive_without_memory, NULL);
}
END_TEST

#if SIZE_MAX > UINT32_MAX
START_TEST(refuses_a_passphrase_of_4_gib)
{
    uint8_t byte = 0; /* never read */

    EVC_CHECK_CODE(evc_argon2id(evc_view_of(&byte, (size_t)UINT32_MAX + 1),
                                (const uint8_t *)SALT, 1, EVC_ARGON2_MIN_KIB, out,
                                NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST
#endif

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        agrees_with_the_reference_at_the_least_limits,
        agrees_with_the_reference_with_more_passes,
        agrees_with_the_reference_with_more_memory,
        takes_the_most_passes,
        refuses_passes_past_the_limits,
        refuses_memory_past_the_limits,
        checks_costs_without_deriving,
        says_when_the_most_memory_is_not_there,
#if SIZE_MAX > UINT32_MAX
        refuses_a_passphrase_of_4_gib,
#endif
        NULL,
    };

    crypto_add(suite, "argon2", tests);
}

EVC_TEST_MAIN("argon2", add_tests)
