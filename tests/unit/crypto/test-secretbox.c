/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/secretbox.h"

#include "base/mem.h"
#include "crypto-fixture.h"

/* tests/secretbox.c of NaCl 20110221. */
#define KEY "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389"
#define NONCE "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37"
#define TEXT                                                             \
    "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5" \
    "ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb310e3b" \
    "e8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977" \
    "eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705"
#define SEALED                                                           \
    "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48" \
    "332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2" \
    "c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae902243" \
    "68517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622" \
    "a43d14a6599b1f654cb45a74e355a5"

static uint8_t out[256];

START_TEST(seals_as_published)
{
    bytes key = hex(KEY);
    bytes nonce = hex(NONCE);
    bytes text = hex(TEXT);

    EVC_CHECK_OK(evc_secretbox_seal(view(&key), nonce.data, view(&text), out, NULL));
    CHECK_HEX(out, SEALED);
}
END_TEST

START_TEST(opens_as_published)
{
    bytes key = hex(KEY);
    bytes nonce = hex(NONCE);
    bytes sealed = hex(SEALED);

    EVC_CHECK_OK(evc_secretbox_open(view(&key), nonce.data, view(&sealed), out, NULL));
    CHECK_HEX(out, TEXT);
}
END_TEST

START_TEST(refuses_any_changed_bit)
{
    bytes parts[] = {hex(KEY), hex(NONCE), hex(SEALED)};

    for (size_t i = 0; i < 3; i++) {
        for (size_t bit = 0; bit < parts[i].size * 8; bit++) {
            parts[i].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            memset(out, 0xA5, parts[2].size);
            EVC_CHECK_CODE(evc_secretbox_open(view(&parts[0]), parts[1].data,
                                              view(&parts[2]), out, NULL),
                           EVC_NOT_AUTHENTIC);
            ck_assert(evc_mem_is_zero(out, parts[2].size - EVC_SECRETBOX_TAG));
            parts[i].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}
END_TEST

START_TEST(seals_nothing_too)
{
    bytes key = hex(KEY);
    bytes nonce = hex(NONCE);

    EVC_CHECK_OK(
        evc_secretbox_seal(view(&key), nonce.data, evc_view_of(NULL, 0), out, NULL));
    EVC_CHECK_OK(evc_secretbox_open(view(&key), nonce.data,
                                    evc_view_of(out, EVC_SECRETBOX_TAG), NULL, NULL));
    EVC_CHECK_CODE(evc_secretbox_open(view(&key), nonce.data,
                                      evc_view_of(out, EVC_SECRETBOX_TAG - 1), NULL,
                                      NULL),
                   EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(refuses_keys_of_other_sizes)
{
    static const size_t wrong[] = {0, 16, 31, 33};
    bytes text = hex(TEXT);

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        evc_view key = evc_view_of(text.data, wrong[i]);

        EVC_CHECK_CODE(evc_secretbox_seal(key, text.data, view(&text), out, NULL),
                       ENVCRYPT_E_KEY_SIZE);
        EVC_CHECK_CODE(evc_secretbox_open(key, text.data, view(&text), out, NULL),
                       ENVCRYPT_E_KEY_SIZE);
    }
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {seals_as_published,          opens_as_published,
                                  refuses_any_changed_bit,     seals_nothing_too,
                                  refuses_keys_of_other_sizes, NULL};

    crypto_add(suite, "secretbox", tests);
}

EVC_TEST_MAIN("secretbox", add_tests)
