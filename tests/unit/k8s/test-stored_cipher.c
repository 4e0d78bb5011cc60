/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_cipher.h"

#include "crypto/cbc.h"
#include "evc-alloc.h"
#include "stored-fixture.h"

#define PANDAS "pandas are the best"

/* Recorded outputs in k8s.io/apiserver, pkg/storage/value/encrypt/aes/aes_test.go:
 * TestGCMLegacyDataCompatibility, TestExtendedNonceGCMLegacyDataCompatibility; and what
 * kubernetes.md 3.3 gives of v1 and v2. */
static const struct {
    evc_stored_layout layout;
    const char *key;
    const char *place;
    const char *sealed;
    evc_view plain;
} cases[] = {
    {EVC_LAYOUT_GCM,
     "736e6f726c61785f617765736f6d6573",
     "bamboo",
     "9f27c8fcea8a58c467d8e437dbf2d85955f9b4bd912f4ef967d788a0cb07797dac0a3f0a0845605c"
     "a85ac8562b4ae1",
     {(const uint8_t *)PANDAS, sizeof(PANDAS) - 1}},
    {EVC_LAYOUT_SEED,
     "5d40323a820ff95561675e3b95e81867c5fdd561d35a88a2d08b08aa9d4fcf5c",
     "bamboo",
     "2442759e33945fbad709db577a0f037fd8a709fc76979b8942209debcecb9d57efe3d6ff6a1ef6ee"
     "9a5003b9833b3043cec1e47b35175b151107a8d2416b0e296bbf66b5d102fcefdf9a78f293d271",
     {(const uint8_t *)PANDAS, sizeof(PANDAS) - 1}},
    {EVC_LAYOUT_KMS_V1,
     "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f",
     STORED_ETCD_KEY,
     "404142434445464748494a4bd1fb9f73dafdb911fa1565ecb9bf4c959b46000b127a263536",
     {(const uint8_t *)"k8s\0hello", 9}},
    {EVC_LAYOUT_SEED,
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     STORED_ETCD_KEY,
     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f4041424344454647"
     "48494a4b6c3858a1c76e1205c12bb95415f27d27443a2497f32e548853",
     {(const uint8_t *)"k8s\0hello", 9}},
};
#define CASES ((int)(sizeof(cases) / sizeof(*cases)))

static evc_buf key;
static evc_buf sealed;
static evc_buf out;

static void
begin(void)
{
    open_fixture();
    evc_buf_put_text(&out, "before");
}

static void
end(void)
{
    evc_buf_reset(&key);
    evc_buf_reset(&sealed);
    evc_buf_reset(&out);
    close_fixture();
}

static int
open_sealed(evc_stored_layout layout, const char *place)
{
    return evc_stored_cipher_open(crypto, layout, evc_buf_view(&key),
                                  evc_view_text(place), evc_buf_view(&sealed), &out,
                                  NULL);
}

START_TEST(opens_what_kubernetes_recorded)
{
    put_hex(&key, cases[_i].key);
    put_hex(&sealed, cases[_i].sealed);
    EVC_CHECK_OK(open_sealed(cases[_i].layout, cases[_i].place));
    ck_assert_uint_eq(out.size, 6 + cases[_i].plain.size);
    ck_assert_mem_eq(&out.data[6], cases[_i].plain.data, cases[_i].plain.size);
}
END_TEST

START_TEST(refuses_any_changed_bit)
{
    put_hex(&key, cases[_i].key);
    put_hex(&sealed, cases[_i].sealed);
    for (size_t bit = 0; bit < sealed.size * 8; bit++) {
        sealed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        EVC_CHECK_CODE(open_sealed(cases[_i].layout, cases[_i].place),
                       EVC_NOT_AUTHENTIC);
        ck_assert(evc_view_is_text(evc_buf_view(&out), "before"));
        sealed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EVC_CHECK_CODE(open_sealed(cases[_i].layout, "bambo"), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(refuses_every_cut)
{
    put_hex(&key, cases[_i].key);
    put_hex(&sealed, cases[_i].sealed);
    while (sealed.size > 0) {
        evc_buf_truncate(&sealed, sealed.size - 1);
        EVC_CHECK_CODE(open_sealed(cases[_i].layout, cases[_i].place),
                       EVC_NOT_AUTHENTIC);
    }
}
END_TEST

static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, 3 * 1024 * 1024};
#define SIZES (sizeof(sizes) / sizeof(*sizes))
#define LAYOUTS ((int)EVC_LAYOUT_KMS_V1 + 1)

START_TEST(opens_what_it_seals)
{
    evc_view raw = evc_view_text(KEY_32);

    for (size_t i = 0; i < SIZES; i++) {
        evc_buf plain = {0};

        (void)evc_buf_extend(&plain, sizes[i]);
        evc_buf_clear(&sealed);
        evc_buf_clear(&out);
        EVC_CHECK_OK(evc_stored_cipher_seal(crypto, (evc_stored_layout)_i, raw,
                                            ETCD_KEY, evc_buf_view(&plain), &sealed,
                                            NULL));
        EVC_CHECK_OK(evc_stored_cipher_open(crypto, (evc_stored_layout)_i, raw,
                                            ETCD_KEY, evc_buf_view(&sealed), &out,
                                            NULL));
        ck_assert(evc_view_equal(evc_buf_view(&out), evc_buf_view(&plain)));
        evc_buf_reset(&plain);
    }
}
END_TEST

/* Nonces, IVs and infos are new each time. */
START_TEST(seals_otherwise_each_time)
{
    evc_view raw = evc_view_text(KEY_32);
    evc_view text = evc_view_text("the same text");

    EVC_CHECK_OK(evc_stored_cipher_seal(crypto, (evc_stored_layout)_i, raw, ETCD_KEY,
                                        text, &sealed, NULL));
    evc_buf_clear(&out);
    EVC_CHECK_OK(evc_stored_cipher_seal(crypto, (evc_stored_layout)_i, raw, ETCD_KEY,
                                        text, &out, NULL));
    ck_assert_uint_eq(sealed.size, out.size);
    ck_assert_int_ne(memcmp(sealed.data, out.data, 12), 0);
}
END_TEST

/* What servers before 1.25 wrote. */
static int
open_old(const char *plain, size_t size)
{
    evc_buf_clear(&key);
    evc_buf_put_text(&key, KEY_32);
    evc_buf_clear(&sealed);
    EVC_CHECK_OK(evc_stored_cipher_seal(crypto, EVC_LAYOUT_CBC, evc_buf_view(&key),
                                        evc_view_text(""), evc_view_of(plain, size),
                                        &sealed, NULL));
    return open_sealed(EVC_LAYOUT_KMS_V1, STORED_ETCD_KEY);
}

START_TEST(opens_the_cbc_of_old_servers)
{
    EVC_CHECK_OK(open_old("k8s\0hello", 9));
    EVC_CHECK_OK(open_old("{}", 2));
}
END_TEST

START_TEST(takes_no_cbc_that_begins_otherwise)
{
    EVC_CHECK_CODE(open_old("hello", 5), EVC_NOT_AUTHENTIC);
    EVC_CHECK_CODE(open_old("k8s", 3), EVC_NOT_AUTHENTIC);
    EVC_CHECK_CODE(open_old("", 0), EVC_NOT_AUTHENTIC);
    ck_assert(evc_view_is_text(evc_buf_view(&out), "before"));
}
END_TEST

START_TEST(knows_the_sizes_of_keys)
{
    static const size_t tried[] = {0, 15, 16, 24, 31, 32, 33};

    for (size_t i = 0; i < sizeof(tried) / sizeof(*tried); i++) {
        bool aes = tried[i] == 16 || tried[i] == 24 || tried[i] == 32;

        ck_assert(evc_stored_cipher_takes(EVC_LAYOUT_CBC, tried[i]) == aes);
        ck_assert(evc_stored_cipher_takes(EVC_LAYOUT_GCM, tried[i]) == aes);
        ck_assert(evc_stored_cipher_takes(EVC_LAYOUT_SECRETBOX, tried[i]) ==
                  (tried[i] == 32));
    }
}
END_TEST

static int
seal_and_open(void *user)
{
    evc_stored_layout layout = *(evc_stored_layout *)user;
    evc_view raw = evc_view_text(KEY_32);
    evc_buf made = {0};
    evc_buf back = {0};
    int rc = evc_stored_cipher_seal(crypto, layout, raw, ETCD_KEY, evc_view_text("{}"),
                                    &made, NULL);

    if (!rc)
        rc = evc_stored_cipher_open(crypto, layout, raw, ETCD_KEY, evc_buf_view(&made),
                                    &back, NULL);
    if (rc && back.size > 0)
        abort();
    evc_buf_reset(&made);
    evc_buf_reset(&back);
    return rc;
}

START_TEST(survives_any_lack_of_memory)
{
    evc_stored_layout layout = (evc_stored_layout)_i;

    EVC_CHECK_OK(seal_and_open(&layout)); /* contexts are in the pool then */
    ck_assert_uint_gt(evc_alloc_sweep(seal_and_open, &layout), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("layouts");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_loop_test(tcase, opens_what_kubernetes_recorded, 0, CASES);
    tcase_add_loop_test(tcase, refuses_any_changed_bit, 0, CASES);
    tcase_add_loop_test(tcase, refuses_every_cut, 0, CASES);
    tcase_add_loop_test(tcase, opens_what_it_seals, 0, LAYOUTS);
    tcase_add_loop_test(tcase, seals_otherwise_each_time, 0, LAYOUTS);
    tcase_add_loop_test(tcase, survives_any_lack_of_memory, 0, LAYOUTS);
    tcase_add_test(tcase, opens_the_cbc_of_old_servers);
    tcase_add_test(tcase, takes_no_cbc_that_begins_otherwise);
    tcase_add_test(tcase, knows_the_sizes_of_keys);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("stored cipher", add_tests)
